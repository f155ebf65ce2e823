"""A trail as a picture: which line is drawn where."""

from __future__ import annotations

from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.trail import FIRST_X, LANE_WIDTH, MOST_LANES, STATION_Y, Branch, Row, Stop, lay_out
from tests.web.ui.drawing import Elements, draw

X0, X1 = FIRST_X, FIRST_X + LANE_WIDTH


def _stop(title: str = "x", **more: object) -> Stop:
    return Stop("card", title, 1_790_000_000_000, **more)  # type: ignore[arg-type]


def _straight(row: Row) -> list[tuple[int, int]]:
    return [(piece.x, piece.top) for piece in row.pieces if not piece.path]


def test_a_plain_trail_is_one_line_from_first_to_last_station() -> None:
    first, middle, last = lay_out([_stop(), _stop(), _stop()]).rows
    assert _straight(first) == [(X0, STATION_Y)]
    assert _straight(middle) == [(X0, 0)]
    assert [piece.path for piece in last.pieces] == [f"M{X0} 0V{STATION_Y}"]


def test_a_single_stop_has_no_line() -> None:
    picture = lay_out([_stop()])
    assert picture.rows[0].pieces == ()
    assert lay_out([]).rows == ()


def test_a_card_that_is_merged_in_has_its_own_line_until_it_joins() -> None:
    picture = lay_out([_stop(), _stop(line="b"), _stop(), _stop(joins=("b",))])
    assert picture.lanes == 2
    assert [row.lane for row in picture.rows] == [0, 1, 0, 0]
    assert _straight(picture.rows[1]) == [(X0, 0), (X1, STATION_Y)]
    assert _straight(picture.rows[2]) == [(X0, 0), (X1, 0)]
    joining = [piece.path for piece in picture.rows[3].pieces if piece.lane == 1]
    assert len(joining) == 1
    assert joining[0].startswith(f"M{X1} 0C")
    assert joining[0].endswith(f"{X0} {STATION_Y}")


def test_the_other_part_of_a_split_is_hinted_at() -> None:
    split = lay_out([_stop(), _stop(leaves=("c",)), _stop()]).rows[1]
    hint = [piece for piece in split.pieces if piece.lane == 1]
    assert [piece.dotted for piece in hint] == [True]
    assert hint[0].path.startswith(f"M{X0} {STATION_Y}C")


def test_the_other_part_goes_on_where_it_has_stops() -> None:
    rows = lay_out([_stop(leaves=("c",)), _stop(), _stop(line="c")]).rows
    assert [piece.dotted for piece in rows[0].pieces if piece.lane == 1] == [False, False]
    assert (X1, 0) in _straight(rows[1])
    assert rows[2].lane == 1


def test_a_lane_is_used_again_once_it_is_free() -> None:
    stops = [_stop(), _stop(line="b"), _stop(joins=("b",)), _stop(line="c"), _stop(joins=("c",))]
    assert lay_out(stops).lanes == 2


def test_twenty_cards_merged_at_once_stay_within_a_narrow_screen() -> None:
    names = tuple(f"card {number}" for number in range(20))
    picture = lay_out([_stop(), *(_stop(line=name) for name in names), _stop(joins=names)])
    assert picture.lanes == MOST_LANES


def test_stops_are_a_list_with_links_proofs_and_words_escaped() -> None:
    stop = _stop(
        "<b>", href="/proof/1/", who=Text("你", "You"), amount_minor=-3_850, proof=((Text("条目", "Entry"), "18,204"),),
        branches=(Branch("<i>", "/cards/2/"), Branch("另一张")),
    )  # fmt: skip
    drawn = draw("{% trail stops label %}", stops=[stop, _stop()], label="这张卡")
    page = Elements(drawn)
    assert page.all("ol", "trail")[0]["aria-label"] == "这张卡"
    assert len(page.all("li", "stop")) == 2
    assert [link["href"] for link in page.all("a")] == ["/proof/1/", "/cards/2/"]
    assert len(page.all("details")) == 1
    assert "\N{MINUS SIGN}¥38.50" in page.text
    assert "&lt;b&gt;" in drawn
    assert "&lt;i&gt;" in drawn
    assert all(svg.get("aria-hidden") == "true" for svg in page.all("svg"))
