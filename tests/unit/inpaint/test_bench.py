"""The bench of text removal, on its smallest page and with a small model."""

from scripts.lib import bench_inpaint


def test_the_bench_gives_its_rows(tmp_path, monkeypatch):
    write = bench_inpaint.write_lama
    monkeypatch.setattr(bench_inpaint, "write_lama", lambda path, *_: write(path, 8, 2))
    page = bench_inpaint.small()

    def one():
        return page

    for name in ("sparse", "dense", "small"):
        monkeypatch.setattr(bench_inpaint, name, one)
    rows = bench_inpaint.measure(tmp_path, runs=1)
    bench_inpaint.show(rows)
    assert [row["way"] for row in rows[:4]] == ["IOPaint, Crop", "Auto, fp32", "Auto", "Auto, mask_mode auto"]
    assert all(row["cpu_s"] >= 0 for row in rows)
    assert [row["changed_outside"] for row in rows] == [0] * len(rows)
