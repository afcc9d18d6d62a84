# Ctrl-C: what was added stays, and the same command goes on from there.
make_catalogue
run 'python3 "$HERE/interrupt.py" cat "$PICTURES/a.png"'
run 'imgmatch-index verify cat'
# A query has printed whole answers, and says where to go on.
run 'python3 "$HERE/interrupt_query.py" cat "$PICTURES/a.png"'
# The others say the same, and what becomes of what they had begun.
other="$(dirname "$MODEL")/gem"
# How far calibrate had come with its photos is chance.
stop() { run "python3 \"\$HERE/interrupt_command.py\" $1 2>&1 | sed 's/ after 0 photos//'"; }
mkdir many
for i in $(seq 300); do cp "$PICTURES/d.png" "many/$i.png"; done
stop 'imgmatch-index reindex cat --model="$other"'
run 'imgmatch-index reindex cat --model="$other"'
stop 'imgmatch-index calibrate cat --model="$other" --negatives=many'
stop 'imgmatch-eval make many benchmark'
# So does a terminal that goes away, except under nohup.
run 'python3 "$HERE/interrupt_command.py" --signal=SIGHUP imgmatch-index reindex cat --model="$MODEL" 2>&1'
run 'python3 "$HERE/interrupt_command.py" --signal=SIGHUP nohup imgmatch-index reindex cat --model="$MODEL" 2>&1'
mkdir few
cp "$PICTURES"/?.png few/
stop '--when=made/choice.csv imgmatch-eval make few made --references=4 --distractors=2 --queries=20'
run 'imgmatch-eval make few made --references=4 --distractors=2'
