# What a newcomer reads first: every help text, whole, so that a change to it is seen in review.
run 'imgmatch-index --help'
for command in create add remove list show stat verify compact export import merge reindex calibrate; do
    run "imgmatch-index $command --help"
done
run 'imgmatch-query --help'
run 'imgmatch-eval --help'
for command in make run score kinds; do
    run "imgmatch-eval $command --help"
done
run 'imgmatch-index --version'
run 'imgmatch-index list --version'
run 'imgmatch-query --version'
# Help wins over mistakes behind it, and goes to standard output.
run 'imgmatch-query --help --nonsense | sed -n 1p'
