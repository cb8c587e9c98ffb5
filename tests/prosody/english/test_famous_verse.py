"""What a teacher says about famous lines: their metre, their feet, their rhymes.

A line or two of each poem stands here; the verdict on them is the fact under test.
"""

from __future__ import annotations

import pytest

from poet.prosody.english.faults import NEAR, NO_RHYME
from poet.prosody.english.forms import find_form
from poet.prosody.english.line_ends import PERFECT, LineEnd, rhyme_between
from poet.prosody.english.scan import EnglishScan, scan


def in_metre(lines: str, metre: str) -> EnglishScan:
    """The scan of lines in a metre."""
    form = find_form(metre)
    assert form
    return scan(lines, form)


@pytest.mark.parametrize(
    ("line", "metre", "feet"),
    [
        (
            "Shall I compare thee to a summer’s day?",  # Shakespeare, sonnet 18
            "iambic pentameter",
            "Shall I | compare | thee to | a sum|mer’s day?",
        ),
        (
            "When I consider how my light is spent",  # Milton
            "iambic pentameter",
            "When I | consi|der how | my light | is spent",
        ),
        (
            "The curfew tolls the knell of parting day,",  # Gray, Elegy
            "iambic pentameter",
            "The cur|few tolls | the knell | of par|ting day,",
        ),
        (
            "Old Yew, which graspest at the stones",  # Tennyson, In Memoriam
            "iambic tetrameter",
            "Old Yew, | which gras|pest at | the stones",
        ),
        (
            "Because I could not stop for Death,",  # Dickinson
            "iambic tetrameter",
            "Because | I could | not stop | for Death,",
        ),
        (
            "Whenas in silks my Julia goes,",  # Herrick
            "iambic tetrameter",
            "Whenas | in silks | my Ju|lia goes,",
        ),
        (
            "Tyger Tyger, burning bright,",  # Blake
            "trochaic tetrameter",
            "Tyger | Tyger, | burning | bright,",
        ),
        (
            "Should you ask me, whence these stories?",  # Longfellow, Hiawatha
            "trochaic tetrameter",
            "Should you | ask me, | whence these | stories?",
        ),
        (
            "Once upon a midnight dreary, while I pondered, weak and weary,",  # Poe, The Raven
            "trochaic octameter",
            "Once u|pon a | midnight | dreary, | while I | pondered, | weak and | weary,",
        ),
        (
            "The Assyrian came down like the wolf on the fold,",  # Byron
            "anapaestic tetrameter",
            "The Assy|rian came down | like the wolf | on the fold,",
        ),
        (
            "Take her up tenderly,",  # Hood, The Bridge of Sighs
            "dactylic dimeter",
            "Take her up | tenderly,",
        ),
        (
            "There was an Old Man with a beard,",  # Lear
            "anapaestic trimeter",
            "There was | an Old Man | with a beard,",
        ),
    ],
)
def test_a_famous_line_is_divided_into_its_feet(line: str, metre: str, feet: str) -> None:
    found = in_metre(line, metre)
    assert found.fault_counts().keys() <= {"lines"}
    first = found.scansion_of(0)
    assert first
    assert first.text == feet


@pytest.mark.parametrize(
    ("line", "metre", "marks"),
    [
        ("Rough winds do shake the darling buds of May,", "iambic pentameter", "\\/x/x/x/x/"),
        ("Sometime too hot the eye of heaven shines,", "iambic pentameter", "/\\x/x/x/x/"),
        ("And his cohorts were gleaming in purple and gold;", "anapaestic tetrameter", "xx/" * 4),
        ("From the forests and the prairies,", "trochaic tetrameter", "/x" * 4),
        ("Silent, upon a peak in Darien.", "iambic pentameter", "/xx/x/x/x/"),
    ],
)
def test_turned_and_heavy_feet_are_heard(line: str, metre: str, marks: str) -> None:
    first = in_metre(line, metre).scansion_of(0)
    assert first
    assert first.marks == marks


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        # Milton, Paradise Lost
        ("Of Man's first disobedience, and the fruit\nOf that forbidden tree", "too short"),
        # Blake: an iambic line in The Tyger, a headless one in London
        ("Tyger Tyger, burning bright,\nCould frame thy fearful symmetry?", "upbeat"),
        ("And mark in every face I meet\nMarks of weakness, marks of woe.", "headless line"),
        # Longfellow, The Wreck of the Hesperus
        ("It was the schooner Hesperus,\nBlue were her eyes as the fairy-flax,", "anapaest"),
    ],
)
def test_what_is_unusual_in_a_line_has_its_handbook_name(lines: str, name: str) -> None:
    metre = {"too short": "iambic pentameter", "upbeat": "trochaic tetrameter catalectic"}
    found = in_metre(lines, metre.get(name, "iambic tetrameter"))
    assert {fault.name for fault in found.findings.faults if fault.is_of_metre} == {name}
    assert {fault.line for fault in found.findings.faults if fault.name == name} == {2}


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("day", "May", PERFECT),  # Shakespeare 18
        ("temperate", "date", NEAR),
        ("spent", "bent", PERFECT),  # Milton
        ("stones", "bones", PERFECT),  # In Memoriam
        ("me", "Immortality", PERFECT),  # Dickinson
        ("soul", "all", NEAR),
        ("gate", "mat", NEAR),
        ("ground", "stone", NO_RHYME),
        ("eye", "symmetry", NEAR),  # The Tyger
        ("ken", "Darien", NEAR),  # Keats, Chapman's Homer
        ("beard", "feared", PERFECT),  # Lear
        ("napping", "tapping", PERFECT),  # The Raven
        ("fold", "gold", PERFECT),  # Sennacherib
        ("love", "remove", NEAR),  # Shakespeare 116
        ("bough", "cough", NEAR),  # eye rhyme
        ("orange", "sausage", NO_RHYME),
    ],
)
def test_famous_rhymes_are_named_as_they_are_taught(first: str, second: str, kind: str) -> None:
    ends = [LineEnd(word, word.lower(), (), 1) for word in (first, second)]
    assert rhyme_between(*ends) == kind


FORMS = {
    "Shakespearean sonnet": """
        The clock my father wound on Sunday night
        Has kept the seven silences in line;
        It held its narrow face against the light
        And told a time that never yet was mine.
        He turned the key as men will turn a thought,
        With half a smile, and half the day to spare,
        And listened for the spring, as if he caught
        A smaller footstep coming up the stair.
        Now I have taken down the heavy case
        And set it on the table by the door;
        The hands are crossed upon the quiet face,
        And nothing in it hurries any more.
        So let it stand. The hours that he gave
        Go on without a bell, and fill the wave.""",
    "limerick": """
        A potter who lived by the sea
        Made cups for a company's tea;
        But each time he dried them
        The tide got inside them,
        And now they are mended by me.""",
    "In Memoriam": """
        The letters that you wrote are gone,
        The fire has read them line by line;
        The hand that held the pen was mine
        When winter came and lamps were on.""",
    "common metre": """
        The moon is down upon the hill,
        The road is white and wide;
        The wind that walked the wood is still,
        And I am at your side.""",
    "ballad": """
        The moon is down upon the hill,
        The road is white and wide;
        The wind that walked the wood is dumb,
        And I am at your side.""",
    "trochaic quatrain": """
        Winter sits beside the river,
        Folding snow upon his knee;
        All the little reeds that shiver
        Bow and ask to be set free.""",
    "anapaestic quatrain": """
        In the heat of the morning we loaded the cart,
        With the bread for the road and the map for the heart;
        And the dog at the gate and the girl at the well
        Had a song for the mule and a word for the bell.""",
    "blank verse": """
        He kept the ledger of the harbour rain,
        The tides, the names of every boat that left,
        And in the margin, small, the price of fish.
        His daughter asked him what the weather weighed.""",
    "rubai": """
        The road goes up, the road goes down the hill,
        The miller sleeps, the wheel is never still;
        And who has drunk the water that has passed
        May find another river at the mill.""",
    "haiku": """
        The kettle whispers.
        Beyond the window, one crow
        folds the evening up.""",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_known_by_its_metre_and_its_rhymes(name: str) -> None:
    found = scan(FORMS[name])
    assert found.form
    assert (found.form.name, found.is_requested) == (name, False)
    assert found.keeps()


def test_verse_in_no_form_still_has_a_metre_and_a_scheme() -> None:
    lines = FORMS["limerick"].strip().split("\n")[:2] + FORMS["haiku"].strip().split("\n")
    found = scan("\n".join(lines))
    assert found.form is None
    assert not found.keeps()
    sestet = FORMS["In Memoriam"] + "\n" + FORMS["In Memoriam"].split("\n")[1]
    found = scan(sestet)
    assert found.form is None
    assert found.summary().startswith("no form · iambic tetrameter · ABBAA · 5 of 5 lines")
