"""What the approvers of a run are shown and asked, frozen for each round."""
