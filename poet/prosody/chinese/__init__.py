"""Classical Chinese prosody: tones, rhyme groups, forms, tunes, scanning."""
