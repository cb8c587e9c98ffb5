"""Letter-to-sound rules, for words that neither the table nor any rule of spelling knows."""

from __future__ import annotations

import re

from poet.prosody.english.spelling import Phonemes, is_vowel

# Letters as they stand in a word, the longest first, and what they sound like
_RULES = """
tion SH AH0 N; sion ZH AH0 N; ious IY0 AH0 S; ight AY T; ough AO; igh AY; tch CH; ous AH0 S;
eau OW; air EH R; ear IH R; eer IH R; oor AO R; our AO R; ow OW; ou AW; oo UW; oi OY; oy OY;
au AO; aw AO; ai EY; ay EY; ea IY; ee IY; ei IY; ey IY; ie IY; oa OW; ue UW; ui UW; ew UW;
eu UW; ae IY; oe IY; ch CH; sh SH; th TH; ph F; gh G; ck K; ng NG; qu K W; wh W; wr R; kn N;
ar AA R; er ER; ir ER; or AO R; ur ER; ce S EH; ci S IH; cy S IY; a AE; e EH; i IH; o AA; u AH;
y IY; b B; c K; d D; f F; g G; h HH; j JH; k K; l L; m M; n N; p P; q K; r R; s S; t T; v V;
w W; x K S; z Z
"""
_SOUNDS = dict(rule.split(maxsplit=1) for rule in _RULES.split(";"))
_pieces = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))


def read_letters(word: str) -> Phonemes:
    """How a word of letters a-z is said, most likely.

    >>> read_letters("brillig")
    ('B', 'R', 'IH1', 'L', 'IH0', 'G')
    """
    plain = re.sub(r"([^aeiou])\1", r"\1", re.sub("[^a-z]", "", word))
    if re.search("[aeiouy].*[^aeiouy]e$", plain):
        plain = plain[:-1]
    found = [sound for piece in _pieces.findall(plain) for sound in _SOUNDS[piece].split()]
    vowels = [place for place, sound in enumerate(found) if is_vowel(sound)]
    stressed = vowels[max(0, len(vowels) - 3 + (len(vowels) == 2))] if vowels else -1
    return tuple(
        sound[:2] + "01"[place == stressed] if place in vowels else sound
        for place, sound in enumerate(found)
    )
