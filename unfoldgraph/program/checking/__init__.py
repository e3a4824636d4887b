"""What a kernel is checked for between passes: rules, and trials of it on places alone."""
