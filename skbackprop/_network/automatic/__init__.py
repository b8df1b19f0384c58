"""What settings that are left to the data follow: where instances lie, what random units tell of them, and rates."""
