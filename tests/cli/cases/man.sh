# The manual pages name exactly the options that the programs have, and all that answers are made of.
run 'python3 "$HERE/check_man.py" "$SOURCE/tools/man" "$PICTURES/a.png"'
