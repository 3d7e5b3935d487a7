"""Building the firmware image: where the sources come from, how they are put together, what comes out."""
