# The scripts of the checkout say what is wrong with a command line, and begin nothing then.
run '"$SOURCE/.ci/run" --help | head -n 1'
run '"$SOURCE/.ci/run" everything'
# A fuzzing campaign over nothing would pass.
for number in seconds=x jobs=0 rounds=0 timeout=-1 seconds=1.5 seconds=; do
    run "\"\$SOURCE/tests/fuzz/run\" --$number"
done
run '"$SOURCE/tests/fuzz/run" --seconds'
run '"$SOURCE/tests/fuzz/run" --hours=1'
run '"$SOURCE/tests/fuzz/run" picture'
run '"$SOURCE/tests/fuzz/run" --programs nowhere'
mkdir programs
run '"$SOURCE/tests/fuzz/run" --programs="$PWD/programs" --work="$PWD/work" exif; ls'
run '"$SOURCE/tests/fuzz/run" --report --work "$PWD/work"'
run '"$SOURCE/tests/fuzz/run-afl" --jobs 0'
run '"$SOURCE/tests/fuzz/run-afl" --rounds=2'
run '"$SOURCE/tests/fuzz/run-afl" --report --work="$PWD/work"; ls'
# One whose programs end at once, with libFuzzer's words.
printf '#!/bin/sh\necho stat::number_of_executed_units: 7\n' >programs/fuzz_exif
chmod +x programs/fuzz_exif
run '"$SOURCE/tests/fuzz/run" --programs="$PWD/programs" --work="$PWD/work" --seconds=1 --rounds 2 exif'
run '"$SOURCE/tests/fuzz/run" --report --work="$PWD/work" exif | wc -l'

run '"$SOURCE/models/score/run" --help | head -n 1'
run '"$SOURCE/models/score/run" packed 2>&1 | head -n 1'
run '"$SOURCE/tests/integration/hostile/run.sh" --help | head -n 1'
run '"$SOURCE/tests/integration/hostile/run.sh" . alter index'
run 'test "$("$SOURCE/tools/deps/install" --print=faiss)" = "$("$SOURCE/tools/deps/install" --print faiss)"'
run '"$SOURCE/tools/deps/install" --print=nothing'
