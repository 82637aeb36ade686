"""What cohorts and mentors' exams share: sources of files, roster, rules, signing, and learners' data."""
