"""What cohorts and mentors' exams share: roster, rules, signing, and the data that learners get."""
