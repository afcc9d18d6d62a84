# The manual pages name exactly the options that the programs have.
run 'python3 "$HERE/check_man.py" "$SOURCE/tools/man"'
