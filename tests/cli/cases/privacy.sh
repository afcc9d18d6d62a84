# Nothing is left on the machine but what was asked for, and nobody is told: libraries that report
# to their maker keep a number for the device and what is still to be sent in these folders, unless
# they take the process for one of continuous integration.
mkdir home cache tmp
export HOME=$PWD/home XDG_CACHE_HOME=$PWD/cache XDG_CONFIG_HOME=$PWD/home TMPDIR=$PWD/tmp
unset CI
make_catalogue
run 'imgmatch-query cat photos --format=csv | cut -d, -f1,3,8'
run 'find home cache tmp -mindepth 1'
