# A catalogue has one writer at a time. The next one is told which process it has to wait for.
make_catalogue
mkfifo list
imgmatch-index add cat --manifest=- < list > /dev/null 2>&1 &
exec 3> list
until grep -q "pid 0*$! " cat/catalogue.lock; do sleep 0.05; done
masked() { run "$1 2>&1 | sed 's/process [0-9]*/process PID/'"; }
masked 'imgmatch-index add cat photos'
masked 'imgmatch-index merge cat cat'
masked "imgmatch-index reindex cat --model=\"\$(dirname \"\$MODEL\")/gem\""
exec 3>&-
wait
run 'imgmatch-index add cat photos --brand=Acme'
