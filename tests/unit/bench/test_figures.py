"""The arithmetic and the texts of the benchmarks."""

import pytest

from contracts.settings.model import SERVICES_MAX
from runtime.config import load_office
from tests.bench._figures import Row, Run, against, middle, percentile, ratio, row, table
from tests.bench._http_client import answer_length
from tests.bench._rig import COUNTERS, QUOTA, office_text


def test_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile(values, 1.0) == 100
    assert percentile([7.0], 0.99) == 7


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.01)])
def test_no_percentile_of_nothing(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"values|share"):
        percentile(values, share)


def test_a_ratio_compares_round_by_round() -> None:
    # The machine was twice as slow in the second round, and stuck for one side in the third.
    part = [Run(50, 1, 1), Run(25, 1, 1), Run(1, 1, 1)]
    whole = [Run(100, 1, 1), Run(50, 1, 1), Run(100, 1, 1)]
    assert ratio(part, whole) == 0.5
    with pytest.raises(ValueError, match="shorter"):
        ratio(part, whole[:2])


def test_medians_of_rounds_and_of_a_run() -> None:
    assert middle([Run(1, 5, 9), Run(3, 4, 7), Run(2, 6, 8)]) == Run(2, 5, 8)
    assert Run.of([1.0, 2.0, 3.0, 4.0], 2.0, cpu_s=0.001) == Run(2.0, 2.0, 4.0, 250.0)


def test_the_table_is_aligned_and_says_what_was_missed() -> None:
    lines = table([row("issue", Run(1234.4, 1.04, 20.06, 250), "a note"), Row("memory")]).splitlines()
    assert lines[2].split() == ["issue", "1,234", "1.0", "20.1", "250", "a", "note"]
    assert lines[0].index("beside") == lines[2].index("a note")
    assert lines[3] == "memory"
    assert against(0.25, 0.5, at_least=True, unit=" ×") == "0.25 × (target ≥ 0.5 ×: MISSED)"
    assert against(19.0, 20, at_least=False, unit=" ms") == "19.00 ms (target ≤ 20 ms: met)"


def test_the_measured_office_is_a_valid_office_file(tmp_path) -> None:
    path = tmp_path / "office.toml"
    path.write_text(office_text())
    office = load_office(path)
    assert len(office.service) == SERVICES_MAX
    assert all(service.quota == QUOTA for service in office.service)
    assert len(office.counter) == COUNTERS
    own = [code for counter in office.counter for code, level in counter.skills.items() if level == 1]
    assert sorted(own) == [service.code for service in office.service]


def test_the_length_of_an_http_answer() -> None:
    assert answer_length(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nContent-Length: 12") == 12
    with pytest.raises(ValueError, match="Content-Length"):
        answer_length(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked")
