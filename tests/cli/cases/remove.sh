# Lists of ids to remove: line ends of Windows, ids that come again, and ids that nothing has.
make_catalogue
printf 'a.png\r\nb.png\r\n\r\na.png\r\nb.png' > ids.txt
run 'imgmatch-index remove cat --ids=ids.txt'
run 'imgmatch-index remove cat c.png nobody --ids=- < <(printf "c.png\nnobody\r\nc.png\r")'
run 'imgmatch-index list cat --format=csv | wc -l'
# An id that comes again behind more than a thousand others is still known.
run '{ echo nobody; seq 2000; echo nobody; } | imgmatch-index remove cat --ids=- 2>&1 | tail -n 1; echo "${PIPESTATUS[1]}"'
