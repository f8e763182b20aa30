"""Sites by hand, against all choices, and against another program."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from pyproj import Geod
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from locator.errors import UsageError
from locator.planning.measures.reach import from_distances, within
from locator.planning.siting import search_steps
from locator.planning.siting.person_hours import person_hours
from locator.planning.siting.plans import COVERED, OUT_OF_REACH, REACHED, Plan, Site
from locator.planning.siting.site_search import fewest_sites, most_covered

GEOD = Geod(ellps="WGS84")
# Points in a row with 10, 20, 30, 40 and 5 people; the last is out of everybody's reach.
ROW = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
PEOPLE = np.array([10.0, 20, 30, 40, 5])


def made_up(seed: int, *, whole: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Roll reach, weights, who is covered already, and areas; a point in five lies in none."""
    dice = np.random.default_rng(seed)
    dense = dice.random((25, 8)) < dice.uniform(0.1, 0.35)
    weight = dice.integers(0, 9, 25).astype(float) if whole else dice.random(25)
    return dense, weight, dice.random(25) < 0.15, dice.integers(-1, 4, 25)


def together(dense: np.ndarray, covered: np.ndarray, chosen: tuple[int, ...]) -> np.ndarray:
    """Tell who is covered by stations or candidates, the long way."""
    return covered | dense[:, list(chosen)].any(axis=1)


def keeps(mask: np.ndarray, weight: np.ndarray, groups: np.ndarray, share: float) -> bool:
    """Tell whether every area with demand has its share."""
    parts = [(weight[(groups == g) & mask].sum(), weight[groups == g].sum()) for g in set(groups.tolist()) - {-1}]
    return all(part >= share * total - 1e-9 for part, total in parts)


def consistent(plan: Plan, dense: np.ndarray, weight: np.ndarray, covered: np.ndarray) -> bool:
    """Tell whether the figures of a plan are those of its sites, and the gains fall."""
    mask, gains = covered.copy(), []
    for site in plan.sites:
        gains.append(weight[dense[:, site.number] & ~mask].sum())
        mask |= dense[:, site.number]
    return (
        np.allclose([site.gain for site in plan.sites], gains)
        and gains == sorted(gains, reverse=True)
        and np.isclose(plan.covered, weight[mask].sum())
        and np.isclose(plan.before, weight[covered].sum())
        and np.isclose(plan.total, weight.sum())
    )


def test_two_sites_by_hand() -> None:
    """Site 1 covers 50 people, then site 2 another 40."""
    plan = most_covered(csr_array(ROW), PEOPLE, 2)
    assert plan.sites == (Site(1, 50), Site(2, 40))
    assert (plan.before, plan.covered, plan.total, plan.bound, plan.gap) == (0, 90, 105, 90, 0)
    assert plan.status == "proven"
    assert plan.share == 90 / 105


def test_what_stations_cover_already_adds_nothing() -> None:
    """With the fourth point served, the first two sites are worth 50 and 10."""
    plan = most_covered(csr_array(ROW), PEOPLE, 2, covered=np.array([0, 0, 0, 1, 0], dtype=bool))
    assert plan.sites == (Site(1, 50), Site(0, 10))
    assert (plan.before, plan.covered) == (40, 100)


def test_sites_that_add_nothing_are_not_named() -> None:
    """Two sites cover all that four could."""
    dense = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    plan = most_covered(csr_array(dense), np.ones(2), 4)
    assert [site.number for site in plan.sites] == [0, 2]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("whole", [True, False])
def test_most_covered_is_the_best_of_all_choices(seed: int, whole: bool) -> None:
    """For every number of sites, with whole weights and others."""
    dense, weight, covered, _ = made_up(seed, whole=whole)
    for n in range(1, 6):
        plan = most_covered(csr_array(dense), weight, n, covered=covered)
        best = max(weight[together(dense, covered, c)].sum() for c in combinations(range(8), n))
        assert plan.covered == pytest.approx(best)
        assert plan.status == "proven"
        assert plan.bound == plan.covered
        assert len(plan.sites) <= n
        assert consistent(plan, dense, weight, covered)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("whole", [True, False])
def test_floors_hold_and_the_rest_is_the_best(seed: int, whole: bool) -> None:
    """The best of all choices that give every area its share; a sentence where there is none."""
    dense, weight, covered, groups = made_up(seed, whole=whole)
    reach, floor = csr_array(dense), 0.4
    fit = [c for c in combinations(range(8), 4) if keeps(together(dense, covered, c), weight, groups, floor)]
    if not fit:
        with pytest.raises(UsageError, match=r"least share|out of reach in area"):
            most_covered(reach, weight, 4, covered=covered, groups=groups, floor=floor)
        return
    plan = most_covered(reach, weight, 4, covered=covered, groups=groups, floor=floor)
    chosen = tuple(site.number for site in plan.sites)
    assert keeps(together(dense, covered, chosen), weight, groups, floor)
    assert plan.covered == pytest.approx(max(weight[together(dense, covered, c)].sum() for c in fit))
    assert plan.status == "proven"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("by_area", [True, False])
def test_fewest_sites_are_the_fewest_of_all_choices(seed: int, whole: bool, by_area: bool) -> None:
    """For shares up to all that can be reached, of all demand or of each area."""
    dense, weight, covered, groups = made_up(seed, whole=whole)
    areas = groups if by_area else np.zeros(25, dtype=int)
    everyone = together(dense, covered, tuple(range(8)))
    highest = min(weight[everyone & (areas == g)].sum() / weight[areas == g].sum() for g in set(areas) - {-1})
    for share in (0.6 * highest, highest):
        if share == 0:
            continue
        plan = fewest_sites(csr_array(dense), weight, share, covered=covered, by_area=by_area, groups=groups)
        fewest = next(
            n
            for n in range(9)
            for c in combinations(range(8), n)
            if keeps(together(dense, covered, c), weight, areas, share)
        )
        assert keeps(together(dense, covered, tuple(site.number for site in plan.sites)), weight, areas, share)
        assert (len(plan.sites), plan.bound, plan.status) == (fewest, fewest, "proven")
        assert consistent(plan, dense, weight, covered)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("floor", [0.2, 0.45])
def test_a_target_and_a_floor_hold_both(seed: int, whole: bool, floor: float) -> None:
    """The fewest of all choices that reach the share in all and the floor in every area; a sentence if none."""
    dense, weight, covered, groups = made_up(seed, whole=whole)
    everyone = together(dense, covered, tuple(range(8)))
    share = 0.85 * weight[everyone].sum() / weight.sum()
    fit = (
        n
        for n in range(9)
        for c in combinations(range(8), n)
        if weight[mask := together(dense, covered, c)].sum() >= share * weight.sum() - 1e-9
        and keeps(mask, weight, groups, floor)
    )
    fewest = next(fit, None)
    options = {"covered": covered, "groups": groups, "floor": floor}
    if fewest is None:
        with pytest.raises(UsageError, match="out of reach in area"):
            fewest_sites(csr_array(dense), weight, share, **options)
        return
    plan = fewest_sites(csr_array(dense), weight, share, **options)
    mask = together(dense, covered, tuple(site.number for site in plan.sites))
    assert weight[mask].sum() >= share * weight.sum() - 1e-9
    assert keeps(mask, weight, groups, floor)
    assert (len(plan.sites), plan.bound, plan.status) == (fewest, fewest, "proven")


@pytest.mark.parametrize("seed", range(6))
def test_by_area_with_a_floor_is_the_larger_of_the_two(seed: int) -> None:
    """Every area has to reach both shares: as many sites as for the larger alone."""
    dense, weight, covered, groups = made_up(seed)
    everyone = together(dense, covered, tuple(range(8)))
    highest = min(weight[everyone & (groups == g)].sum() / weight[groups == g].sum() for g in range(4))
    options = {"by_area": True, "covered": covered, "groups": groups}
    if not highest:
        return
    larger = len(fewest_sites(csr_array(dense), weight, highest, **options).sites)
    both = [
        len(fewest_sites(csr_array(dense), weight, target, floor=floor, **options).sites)
        for target, floor in ((highest, highest / 2), (highest / 2, highest))
    ]
    assert both == [larger, larger]


def model(dense: np.ndarray, weight: np.ndarray, groups: np.ndarray, share: float, floor: float) -> int:
    """Solve target and floor as an integer program written from the words alone: y at most the x near it."""
    points, sites = dense.shape
    inside = [np.where(groups == g, weight, 0.0) for g in range(groups.max() + 1)]
    sums = np.array([weight, *inside])
    least = np.array([share, *[floor] * len(inside)]) * sums.sum(axis=1)
    cover = LinearConstraint(np.hstack([dense.astype(float), -np.eye(points)]), 0)
    enough = LinearConstraint(np.hstack([np.zeros((len(sums), sites)), sums]), least)
    cost = np.r_[np.ones(sites), np.zeros(points)]
    found = milp(cost, constraints=[cover, enough], integrality=np.ones(sites + points), bounds=Bounds(0, 1))
    assert found.status == 0
    return round(found.fun)


@pytest.mark.parametrize("seed", range(10))
def test_a_target_and_a_floor_agree_with_a_model_of_their_own(seed: int) -> None:
    """Worlds too large to try all choices: 50 candidates, five areas of which the thin ones need the floor."""
    dice = np.random.default_rng(seed)
    places, sites = (
        np.r_[dice.normal(0, 1, (k // 2, 2)), dice.uniform(-6, 6, (k - k // 2, 2))] for k in (160, 50)
    )
    dense = np.hypot(*(places[:, None] - sites[None]).transpose(2, 0, 1)) < 1.1
    groups = np.clip(np.floor((places[:, 0] + 6) / 2.4).astype(int), 0, 4)
    weight = dice.integers(1, 400, 160).astype(float)
    reachable = dense.any(axis=1)
    floor = 0.9 * min(weight[reachable & (groups == g)].sum() / weight[groups == g].sum() for g in range(5))
    share = 0.7 * weight[reachable].sum() / weight.sum()
    plan = fewest_sites(csr_array(dense), weight, share, groups=groups, floor=floor)
    expected = model(dense, weight, groups, share, floor)
    assert (len(plan.sites), plan.bound, plan.status) == (expected, expected, "proven")


def city(seed: int, points: int, candidates: int, spread_deg: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scatter points and candidates, with weights."""
    dice = np.random.default_rng(seed)
    places = np.array([116.4, 39.9]) + dice.normal(0, spread_deg, (points + candidates, 2))
    return places[:points], places[points:], np.ceil(dice.lognormal(3, 1, points))


def distances(points: np.ndarray, sites: np.ndarray) -> np.ndarray:
    """Measure every pair with Geod."""
    shape = len(points), len(sites)
    grid = [np.broadcast_to(a, shape).ravel() for a in (*points.T[:, :, None], *sites.T[:, None, :])]
    return np.asarray(GEOD.inv(*grid)[2]).reshape(shape)


def peer(model: str, distance_m: np.ndarray, *arguments: object) -> float:
    """Solve with spopt and return its objective."""
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = getattr(locate, model).from_cost_matrix(distance_m, *arguments)
        return float(made.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value())


@pytest.mark.parametrize(
    ("seed", "points", "candidates", "n"),
    [(1, 200, 40, 5), (2, 200, 40, 15), (3, 300, 60, 10), (4, 1000, 200, 25)],
)
def test_most_covered_agrees_with_spopt(seed: int, points: int, candidates: int, n: int) -> None:
    """The same objective from positions and from a table of distances."""
    places, sites, weight = city(seed, points, candidates, 0.05)
    distance_m = distances(places, sites)
    expected = peer("MCLP", distance_m, weight, 1000, n)
    rows, columns = np.nonzero(distance_m < 3000)
    table = from_distances(rows, columns, distance_m[rows, columns], distance_m.shape, 1000)
    for reach in (within(places, sites, 1000), table):
        plan = most_covered(reach, weight, n)
        assert (plan.covered, plan.status) == (expected, "proven")


@pytest.mark.parametrize(("seed", "points", "candidates"), [(1, 200, 40), (2, 200, 60), (3, 1000, 200)])
def test_fewest_sites_agree_with_spopt(seed: int, points: int, candidates: int) -> None:
    """As many sites for all points that can be covered, from positions and from a table of distances."""
    places, sites, weight = city(seed, points, candidates, 0.03)
    distance_m = distances(places, sites)
    inside = distance_m.min(axis=1) <= 1000
    places, weight, distance_m = places[inside], weight[inside], distance_m[inside]
    expected = peer("LSCP", distance_m, 1000)
    rows, columns = np.nonzero(distance_m < 3000)
    table = from_distances(rows, columns, distance_m[rows, columns], distance_m.shape, 1000)
    for reach in (within(places, sites, 1000), table):
        plan = fewest_sites(reach, weight, 1.0)
        assert (len(plan.sites), plan.status, plan.share) == (expected, "proven", 1)


@pytest.fixture(scope="module")
def town() -> tuple[csr_array, np.ndarray]:
    """Return a world that takes the solver some time."""
    places, sites, weight = city(5, 1500, 200, 0.05)
    return within(places, sites, 1000), weight


def test_a_run_out_of_time_claims_no_more_than_it_knows(town: tuple[csr_array, np.ndarray]) -> None:
    """With hardly any time the answer is allowed to be worse, but its bound holds for the best answer."""
    best = most_covered(*town, 20)
    assert best.status == "proven"
    for limit_s in (1e-9, 0.01, 0.05):
        plan = most_covered(*town, 20, time_limit_s=limit_s)
        assert plan.covered <= best.covered
        if plan.status == "heuristic":
            assert (plan.bound, plan.gap) == (None, None)
        else:
            assert best.covered <= plan.bound
            assert plan.gap == pytest.approx((plan.bound - plan.covered) / plan.covered)
            assert (plan.status == "proven") == (plan.gap == 0)
    assert most_covered(*town, 20, time_limit_s=1e-9).status == "heuristic"


@pytest.mark.parametrize("by_area", [False, True])
def test_no_step_begins_after_the_time_is_over(town: tuple[csr_array, np.ndarray], by_area: bool) -> None:
    """What came before counts too: of a limit that was used up elsewhere nothing is left to search or to prove."""
    reach, weight = town
    asked = {
        "groups": np.arange(len(weight)) % 3,
        "floor": 0.1,
        "started": time.monotonic() - 60,
        "time_limit_s": 60,
    }
    told: list[str] = []
    fewest_sites(reach, weight, 0.5, by_area=by_area, progress=lambda _, words: told.append(words), **asked)
    most_covered(reach, weight, 100, progress=lambda _, words: told.append(words), **asked)
    assert set(told) == {search_steps.PREPARING, search_steps.BOUNDING, search_steps.DONE}


def test_fewest_sites_out_of_time_claim_no_more_than_they_know(town: tuple[csr_array, np.ndarray]) -> None:
    """The sites reach the share all the same, and the bound is no larger than any answer."""
    best = fewest_sites(*town, 0.6)
    plan = fewest_sites(*town, 0.6, time_limit_s=1e-9)
    assert plan.share is not None
    assert plan.share >= 0.6
    assert 1 < plan.bound <= best.bound <= len(best.sites) <= len(plan.sites)
    assert plan.status == "within"
    assert plan.gap == (len(plan.sites) - plan.bound) / len(plan.sites)


def test_a_choice_that_is_one_short_of_the_bound_is_not_called_the_best() -> None:
    """Greed takes the middle column, 2199 and then 200; the two beside it cover 2400, as the relaxation says.

    Many small columns, which no choice of two takes, make it a world in which a bound is looked for first.
    """
    dice = np.random.default_rng(2)
    small = dice.random((60, 200)) < 0.25
    dense = np.zeros((65, 203), dtype=bool)
    dense[:60, 3:] = small
    dense[60:, :3] = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    weight = np.r_[np.ones(60), 1000, 1000, 199, 200, 200]
    told: list[str] = []
    plan = most_covered(csr_array(dense), weight, 2, progress=lambda _, words: told.append(words))
    assert sorted(site.number for site in plan.sites) == [1, 2]
    assert (plan.covered, plan.bound, plan.status) == (2400, 2400, "proven")
    assert search_steps.BOUNDING in told


def test_that_at_least_one_site_is_needed_is_no_bound() -> None:
    """Out of time, all that is known of two areas is that one site may be enough: nothing is said to be proven."""
    dense = np.zeros((40, 9), dtype=bool)
    dense[:20, 0] = True
    dense[20:, 1:] = np.eye(20, 8, dtype=bool) | np.eye(20, 8, -8, dtype=bool)
    groups = np.arange(40) // 20
    asked = {"by_area": True, "groups": groups}
    plan = fewest_sites(csr_array(dense), np.ones(40), 0.15, time_limit_s=1e-9, **asked)
    assert (len(plan.sites), plan.status, plan.bound, plan.gap) == (3, "heuristic", None, None)
    assert fewest_sites(csr_array(dense), np.ones(40), 0.15, **asked).status == "proven"


def test_the_same_question_has_the_same_answer(town: tuple[csr_array, np.ndarray]) -> None:
    """Everything but the time it took."""
    plans = [replace(most_covered(*town, 20), seconds=0) for _ in range(2)]
    assert plans[0] == plans[1]


def test_the_digest_tells_questions_apart() -> None:
    """Every part of the question counts."""
    reach, weight = csr_array(ROW), PEOPLE
    fewer = reach.copy()
    fewer.data[0] = False
    plans = [
        most_covered(reach, weight, 1),
        most_covered(reach, weight, 2),
        most_covered(fewer, weight, 1),
        most_covered(reach, weight + 1, 1),
        most_covered(reach, weight, 1, covered=np.arange(5) == 0),
        most_covered(reach, weight, 1, seed=1),
        most_covered(reach, weight, 1, floor=0.1),
        fewest_sites(reach, weight, 0.5),
    ]
    assert len({plan.digest for plan in plans}) == len(plans)
    assert most_covered(reach.astype(np.int64), weight.astype(int), 1).digest == plans[0].digest


@pytest.mark.parametrize(
    ("n", "covered", "sentence"),
    [
        (0, [0, 0, 0, 0, 0], "at least 1, not 0"),
        (4, [0, 0, 0, 0, 0], "4 sites cannot be chosen from 3 candidates"),
    ],
)
def test_pointless_requests_get_a_sentence(n: int, covered: list[int], sentence: str) -> None:
    """No site, and more than there are candidates."""
    with pytest.raises(UsageError, match=sentence):
        most_covered(csr_array(ROW), PEOPLE, n, covered=np.array(covered, dtype=bool))


@pytest.mark.parametrize(("covered", "reason"), [([1, 1, 1, 1, 1], COVERED), ([1, 1, 1, 1, 0], OUT_OF_REACH)])
def test_where_nothing_can_be_gained_the_answer_is_no_site(covered: list[int], reason: str) -> None:
    """Everything covered, nothing within reach: an empty plan that is proven, and why."""
    plan = most_covered(csr_array(ROW), PEOPLE, 2, covered=np.array(covered, dtype=bool))
    before = PEOPLE[np.array(covered, dtype=bool)].sum()
    assert (plan.sites, plan.status, plan.gap, plan.reason) == ((), "proven", 0, reason)
    assert plan.before == plan.covered == plan.bound == before
    assert most_covered(csr_array(ROW), PEOPLE, 2).reason is None


@pytest.mark.parametrize(
    ("options", "said"),
    [({"time_limit_s": 0}, "above 0"), ({"time_limit_s": float("nan")}, "nan"), ({"seed": -1}, "-1")],
)
def test_a_limit_and_a_seed_make_sense(options: dict[str, float], said: str) -> None:
    """No time, no number and a seed below 0 are refused with a sentence."""
    with pytest.raises(UsageError, match=said):
        most_covered(csr_array(ROW), PEOPLE, 1, **options)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, 95, float("nan")])
def test_a_share_is_between_0_and_1(share: float) -> None:
    """Per cent are refused."""
    with pytest.raises(UsageError, match="Is it in per cent"):
        fewest_sites(csr_array(ROW), PEOPLE, share)


def test_a_share_out_of_reach_is_told_with_the_highest() -> None:
    """100 of 105 people are within reach; in the second area nobody of 5 is."""
    with pytest.raises(UsageError, match=r"0.96 is out of reach: with every candidate it would be 0.9523\."):
        fewest_sites(csr_array(ROW), PEOPLE, 0.96)
    areas = np.array([0, 0, 0, 0, 1])
    with pytest.raises(UsageError, match=r"0.9 is out of reach in area 2: with every candidate it would be 0.0\."):
        fewest_sites(csr_array(ROW), PEOPLE, 0.9, by_area=True, groups=areas)
    with pytest.raises(UsageError, match=r"0.5 is out of reach in area 2"):
        most_covered(csr_array(ROW), PEOPLE, 2, groups=areas, floor=0.5)


def test_floors_that_so_few_sites_cannot_meet_are_refused() -> None:
    """One site does not reach the first and the fourth point."""
    with pytest.raises(UsageError, match="some area stays below the least share"):
        most_covered(csr_array(ROW), PEOPLE, 1, groups=np.array([0, -1, -1, 1, -1]), floor=1.0)


def test_a_target_that_is_reached_takes_no_site() -> None:
    """The truthful answer is an empty plan."""
    plan = fewest_sites(csr_array(ROW), PEOPLE, 0.3, covered=np.array([0, 0, 0, 1, 0], dtype=bool))
    assert (plan.sites, plan.bound, plan.gap, plan.status) == ((), 0, 0, "proven")
    assert plan.reason == REACHED
    assert plan.covered == plan.before == 40


def test_person_hours_are_counted_hour_by_hour() -> None:
    """Rows hold, for any choice of candidates, exactly the hours in which somebody is near an open one."""
    dice = np.random.default_rng(3)
    dense, weight = dice.random((12, 5)) < 0.4, dice.integers(1, 9, 12).astype(float)
    day, night = np.tile(np.arange(24), 7) // 8 == 1, np.tile(np.arange(24), 7) >= 20
    candidate_open = np.array([day, night, day | night, np.ones(168, dtype=bool), np.zeros(168, dtype=bool)])
    uncovered = dice.random((12, 168)) < 0.7
    rows = person_hours(csr_array(dense), weight, uncovered, candidate_open)
    assert rows.weight.sum() == 168 * weight.sum()
    assert rows.weight[rows.covered].sum() == (weight[:, None] * ~uncovered).sum()
    for n in range(1, 4):
        for chosen in combinations(range(5), n):
            served = ((dense[:, chosen, None] & candidate_open[list(chosen)]).any(axis=1)) & uncovered
            mask = rows.reach.toarray()[:, chosen].any(axis=1)
            assert rows.weight[mask].sum() == (weight[:, None] * served).sum()
            assert (
                np.bincount(rows.point[mask], rows.weight[mask], 12).tolist()
                == (weight * served.sum(axis=1)).tolist()
            )
    packed = person_hours(csr_array(dense), weight, np.packbits(uncovered, axis=1), candidate_open)
    assert packed.weight.tolist() == rows.weight.tolist()


def test_progress_goes_from_nothing_to_all(town: tuple[csr_array, np.ndarray]) -> None:
    """Fractions rise to 1, each with words."""
    told: list[tuple[float, str]] = []
    most_covered(*town, 20, progress=lambda done, words: told.append((done, words)))
    fractions = [done for done, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert all(words for _, words in told)
