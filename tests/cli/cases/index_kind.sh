# The kind of the index is chosen at compaction, shown by stat, and kept; answers stay the same here,
# where there are few references.
make_catalogue
run 'imgmatch-index stat cat | grep kind'
imgmatch-query cat photos --format=csv > before.csv
for kind in ivf hnsw exact auto; do
    run "imgmatch-index compact cat --index=$kind"
    run 'imgmatch-index stat cat | grep kind'
    imgmatch-query cat photos --format=csv > after.csv
    run 'cut -d, -f1-8 before.csv > left; cut -d, -f1-8 after.csv > right; cmp left right'
done
run 'imgmatch-index compact cat --index=ivf'
run 'imgmatch-index compact cat'
run 'imgmatch-index stat cat --format=json | grep -o "\"index_kind\":\"[a-z]*\""'
run 'imgmatch-index verify cat'
run 'imgmatch-index remove cat a.png b.png c.png'
run 'imgmatch-index compact cat'
run 'imgmatch-index stat cat | grep kind'
run 'imgmatch-index compact cat --index=tree'
