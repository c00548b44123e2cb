import packed_bits


def test_each_way_has_a_row_beside_the_baseline() -> None:
    rows = list(packed_bits.compare(64, 10, rounds=1, strip=20))
    assert [row["way"] for row in rows] == ["unpacked", "unpacked before", "packed"]
    assert rows[0]["times_unpacked"] == 1
    assert rows[2]["bytes_per_minute"] == 60 * 9 * 8
