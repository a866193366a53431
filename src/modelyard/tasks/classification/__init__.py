"""Which of two or more classes: yes or no, good or bad, one of many."""
