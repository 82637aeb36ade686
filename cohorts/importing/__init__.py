"""What a cohort handed in: found, and matched with learners and problems."""
