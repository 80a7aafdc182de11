"""Reports made from one form with other numbers, names or dates, as wires and desks send them: no two are copies."""

import random
from datetime import date, timedelta

from tests.copies import Report

_TOWNS = ("Porthaven", "Leisnig", "Marrow Bay", "Ostrel", "Vindheim", "Calder", "Tamra", "Quillota", "Brandau", "Isk")
_CLUBS = ("Rovers", "Athletic", "Wanderers", "Dynamo", "Albion", "Sparta", "Union", "Harriers", "Victoria", "Orient")
_FIRMS = (
    "Talbrandt",
    "Norvex",
    "Helmstone",
    "Aurelia",
    "Pikkard",
    "Sorella",
    "Brightwater",
    "Castor",
    "Ondine",
    "Vael",
)
_PEOPLE = ("Okafor", "Lindqvist", "Marchetti", "Duarte", "Haddad", "Petrov", "Yamane", "Brandt", "Osei", "Kowal")
_FORMS = {
    "oil": """Oil price on {day} {month}
Oil prices on {day} {month}: a barrel of Northern Blend cost {a}.{b} dollars at the opening of trade in
Porthaven, {c} cents {more} than on the day before. Analysts expect little movement until the meeting of the
producers next month. A barrel of Southern Light stood at {d}.{e} dollars. Trade was thin, as on most days of
the season, and brokers said that stocks in the terminals had {moved} by {f} thousand barrels in a week.""",
    "quake": """Magnitude {s}.{t} earthquake strikes near {town}
An earthquake of magnitude {s}.{t} struck {c} kilometres {side} of {town} on {weekday}, the seismological
institute said. The quake was recorded at {hour}:{minute} local time at a depth of {d} kilometres. There were no
immediate reports of casualties or damage, and no tsunami warning was issued. The institute asked residents to
report what they had felt.""",
    "match": """{club} {g} {other_club} {h}
{club} and {other_club} met in {town} on {weekday} in front of {crowd} spectators, and the match ended {g} to
{h}. {person} scored first after {c} minutes, and {other} answered {d} minutes later. The referee showed {s}
yellow cards. {club} now have {e} points from {f} matches, {other_club} {a}. Both coaches said that they were
content with the effort of their teams and would look at the recordings before the next round.""",
    "weather": """Warning of heavy rain for {town}
The weather service has issued a warning of heavy rain for {town} and the surrounding district for {weekday}. Up
to {a} millimetres may fall between {hour} and {later} o'clock, with gusts of up to {b} kilometres an hour.
Residents are asked to stay away from rivers and underpasses, to secure loose objects and to follow the
announcements of the authorities. The warning is of level {s} on a scale of ten.""",
    "results": """{firm} posts quarterly profit of {a} million
{firm} earned {a}.{b} million in the quarter that ended on {day} {month}, against {c}.{d} million a year before,
the company said on {weekday}. Revenue {moved} by {s}.{t} percent to {e}{f} million. The board expects revenue
of about {crowd} million for the full year and proposes a dividend of {g}.{h} for each share. Chief executive
{person} said that demand had been solid in all regions and that the outlook was unchanged.""",
    "poll": """Governing party at {a} percent in new poll
If there were an election on Sunday, {a} percent would vote for the governing party, according to a poll
published on {weekday}. The largest opposition party stands at {b} percent, the Greens at {c} and the Liberals
at {g}. For the poll, {crowd} people were asked by telephone between {day} and {later} {month}. The margin of
error is {s}.{t} points. In the last poll the governing party stood at {d} percent.""",
    "lottery": """The winning numbers of {weekday}
These are the winning numbers of the draw on {weekday}, {day} {month}: {a}, {b}, {c}, {d}, {e} and {f}. The
extra number is {g}. The jackpot of {s} million was not won and rises to {h}{t} million for the next draw. All
figures are given without guarantee. Tickets can be handed in until {hour} o'clock on the day of the draw at all
counters and online.""",
    "accident": """Two cars collide near {town}
Two cars collided on the road between {town} and {other_town} on {weekday} at about {hour} o'clock. According to
the police, a driver aged {a} had not seen the car of a woman aged {b} while turning. Both were slightly hurt
and taken to hospital. The damage is put at {crowd} euros. The road was closed for {s} hours. The police ask
witnesses to call the station in {town}.""",
    "obituary": """{person}, former mayor of {town}, dies at {old}
{person}, who was mayor of {town} for {s} years, has died at the age of {old}, the town hall said on {weekday}.
{person} was born in {other_town} and came to {town} as a teacher. In office, the mayor had the market hall
rebuilt and the river park laid out. The funeral will be held on {day} {month} in the church of Saint Anne. The
flags on public buildings in {town} will be at half-mast until then.""",
    "currency": """The crown {moved} against the dollar
The crown {moved} against the dollar on {weekday}. In early trade a dollar cost {a}.{b} crowns, after {c}.{d} at
the close of the day before. A euro was worth {e}.{f} crowns. The central bank had set the reference rate at
{g}.{crowd}. Dealers pointed to figures on the labour market that are expected later in the week and spoke of
low turnover.""",
}


def _slots(chance: random.Random) -> dict[str, object]:
    at = date(2026, 1, 1) + timedelta(chance.randrange(365))
    town, other_town = chance.sample(_TOWNS, 2)
    club, other_club = chance.sample(_CLUBS, 2)
    person, other = chance.sample(_PEOPLE, 2)
    numbers = {letter: chance.randint(11, 98) for letter in "abcdef"}
    small = {letter: chance.randint(1, 9) for letter in "stgh"}
    return (
        numbers
        | small
        | {
            "day": at.day,
            "month": at.strftime("%B"),
            "weekday": at.strftime("%A"),
            "town": town,
            "other_town": other_town,
            "club": club,
            "other_club": other_club,
            "person": person,
            "other": other,
            "firm": chance.choice(_FIRMS),
            "crowd": chance.randint(1000, 9999),
            "hour": chance.randint(1, 11),
            "later": chance.randint(12, 23),
            "minute": chance.randint(10, 59),
            "old": chance.randint(61, 99),
            "side": chance.choice(("north", "south", "east", "west")),
            "more": chance.choice(("more", "less")),
            "moved": chance.choice(("rose", "fell")),
        }
    )


def templates(seed: int, each: int = 4) -> list[list[Report]]:
    """`each` reports of every form, with slots filled by chance."""
    chance = random.Random(seed)
    made = []
    for form in _FORMS.values():
        title, text = form.split("\n", 1)
        filled = [_slots(chance) for _ in range(each)]
        made.append([Report(title.format(**s), text.format(**s).replace("\n", " ")) for s in filled])
    return made
