"""What each ATen operation does, as rules that lower it; names as in ATen, without underscores around them."""
