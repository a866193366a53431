"""Tables on disk: files of any kind -> columns, and the prepared Dataset that every later stage reads."""
