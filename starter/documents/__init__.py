"""What people read of a run: on the terminal and on paper, in Korean and English."""
