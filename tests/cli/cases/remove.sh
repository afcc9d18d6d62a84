# Lists of ids to remove: line ends of Windows, ids that come again, and ids that nothing has.
make_catalogue
printf 'a.png\r\nb.png\r\n\r\na.png\r\nb.png' > ids.txt
run 'imgmatch-index remove cat --ids=ids.txt'
run 'imgmatch-index remove cat c.png nobody --ids=- < <(printf "c.png\nnobody\r\nc.png\r")'
run 'imgmatch-index list cat --format=csv | wc -l'
# An id that comes again behind more than a thousand others is still known.
run '{ echo nobody; seq 2000; echo nobody; } | imgmatch-index remove cat --ids=- 2>&1 | tail -n 1; echo "${PIPESTATUS[1]}"'
# A byte order mark is no part of the first id; an id is not cut short at a NUL.
imgmatch-index add --quiet cat photos --brand=Acme
run 'printf "\xef\xbb\xbfa.png\r\n" | imgmatch-index remove cat --ids=-'
printf 'nobody\nb.png\0junk\nc.png\n' > nul.txt
run 'imgmatch-index remove cat --ids=nul.txt'
run 'printf "b.png\n" | iconv -t UTF-16LE | imgmatch-index remove cat --ids=-'
run 'imgmatch-index list cat --format=csv | cut -d, -f1'
# Line ends of old Macintoshes.
imgmatch-index add --quiet cat photos --brand=Acme
run 'printf "a.png\rnobody\rb.png\r" | imgmatch-index remove cat --ids=-'
# A line is held to its limit, with its line end, before it takes memory: also one without an end.
run 'printf "c.png\n" | imgmatch-index remove cat --ids=- --max-line-bytes=5'
run 'printf "c.png\n" | imgmatch-index remove cat --ids=- --max-line-bytes=6'
printf 'nobody\n%01048575d\n%01048576d\n' 0 0 > longest.txt
run 'imgmatch-index remove cat --ids=longest.txt 2>&1 | sed "s/000*/ZEROS/"'
run 'head -c 20000000 /dev/zero | tr "\0" x | imgmatch-index remove cat --ids=-'
