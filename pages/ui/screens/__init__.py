"""What single screens are made of: their cards and sentences."""
