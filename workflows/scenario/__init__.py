"""What every scenario has in common: steps with holds, gates that wait, notices, its lease at the Estate."""
