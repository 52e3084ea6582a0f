"""What a pad is: values, pure rules, limits, the live document."""
