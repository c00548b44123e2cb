"""What the project is made of beside its own code: for those who look after it, no part of the package."""
