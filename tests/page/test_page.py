"""The page in a browser: each tab is clicked, typed into and slid through, as a reader would."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris

from skbackprop import BackpropClassifier, BackpropRegressor, export_html
from skbackprop._inspection.page.assembly import SCRIPTS
from skbackprop._inspection.page.contents import Wishes, collect

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")]

# As the book prints them, with its minus signs as hyphens: its tables of outputs, errors and new values.
BOOK = """
4 0.2 + 0 - 0.5 - 0.4 = -0.7 1/(1 + e0.7) = 0.332
5 -0.3 + 0 + 0.2 + 0.2 = 0.1 1/(1 + e-0.1) = 0.525
6 (-0.3)(0.332) - (0.2)(0.525) + 0.1 = -0.105 1/(1 + e0.105) = 0.474
6 (0.474)(1 - 0.474)(1 - 0.474) = 0.1311
5 (0.525)(1 - 0.525)(0.1311)(-0.2) = -0.0065
4 (0.332)(1 - 0.332)(0.1311)(-0.3) = -0.0087
w46 -0.3 + (0.9)(0.1311)(0.332) = -0.261
w56 -0.2 + (0.9)(0.1311)(0.525) = -0.138
w14 0.2 + (0.9)(-0.0087)(1) = 0.192
w15 -0.3 + (0.9)(-0.0065)(1) = -0.306
w24 0.4 + (0.9)(-0.0087)(0) = 0.4
w25 0.1 + (0.9)(-0.0065)(0) = 0.1
w34 -0.5 + (0.9)(-0.0087)(1) = -0.508
w35 0.2 + (0.9)(-0.0065)(1) = 0.194
θ6 0.1 + (0.9)(0.1311) = 0.218
θ5 0.2 + (0.9)(-0.0065) = 0.194
θ4 -0.4 + (0.9)(-0.0087) = -0.408
""".strip().splitlines()

VALUES = ["1", "0", "1", "0.2", "-0.3", "0.4", "0.1", "-0.5", "0.2", "-0.3", "-0.2", "-0.4", "0.2", "0.1"]


def rows_of(page):
    """The rows of the tables as text, without the column of moves, which the book does not print."""
    rows = page.eval_on_selector_all(
        "#panel-step tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    whole = [cells for cells in rows if cells != ["…"]]
    cells = [[row[0], *row[2:]] if re.match("[wθ]", row[0]) else row for row in whole]
    return [" ".join(row).replace("−", "-") for row in cells]


def wait_for(page, selector, text):
    """Wait until an element holds a text; the page's own policy forbids what playwright's functions would need."""
    page.locator(selector).filter(has_text=text).wait_for()


def click_middle(page):
    """Click into the middle of the plane."""
    box = page.locator("#play-plane").bounding_box()
    page.mouse.click(box["x"] + 46 + (box["width"] - 56) / 2, box["y"] + 10 + (box["height"] - 46) / 2)


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


def test_the_books_example_comes_out_digit_for_digit_click_by_click(open_page, worked_example):
    page = open_page(*worked_example, title="The book's worked example")
    values = page.eval_on_selector_all(".initial [data-field]", "fields => fields.map(field => field.value)")
    assert values == ["0.9", "1", *VALUES]
    for n_clicks in range(1, len(BOOK) + 1):
        page.click("#step-next")
        assert sorted(rows_of(page)) == sorted(BOOK[:n_clicks])
        assert page.locator("tr.now").count() == 1
        assert page.locator(".unit.lit").count() >= 1
    assert rows_of(page) == BOOK
    assert page.locator("#step-next").is_disabled()


def test_a_step_shows_letters_then_numbers_then_the_result(open_page, worked_example):
    page = open_page(*worked_example, "#step=5")
    card = page.locator(".card")
    assert card.locator(".letters").inner_text() == "Errj = Oj (1 − Oj) Σk Errk wjk"
    assert card.locator(".numbers").inner_text() == "Err5 = (0.525)(1 − 0.525)(0.1311)(−0.2) = −0.0065"
    assert card.locator(".result").inner_text() == "−0.0065"
    assert page.locator("line.lit").count() == 1


def test_the_keyboard_walks_through_the_steps(open_page, worked_example):
    page = open_page(*worked_example)
    page.focus("#step-next")
    press(page, "ArrowRight", 3)
    assert len(rows_of(page)) == 3
    press(page, "ArrowLeft")
    assert len(rows_of(page)) == 2
    press(page, "End")
    assert rows_of(page) == BOOK
    press(page, "Home")
    assert rows_of(page) == []
    page.click("[data-phase=error]")
    assert rows_of(page) == BOOK[:6]


def test_hidden_results_are_typed_and_judged(open_page, worked_example):
    page = open_page(*worked_example)
    page.check("#step-hide")
    page.click("#step-next")
    assert "-0.7" not in rows_of(page)[0]
    net, out = page.locator(".answer").all()
    net.fill("-0.7")
    out.fill("0.9")
    page.click("#step-check")
    assert "look at the marked one" in page.inner_text(".verdict")
    assert out.get_attribute("aria-invalid") == "true"
    out.fill("0,332")
    out.press("Enter")
    assert "✓ Right. At the first try: 0 of 1." in page.inner_text(".verdict")
    assert rows_of(page) == BOOK[:1]
    page.click("#step-next")
    page.click("#step-show")
    assert rows_of(page) == BOOK[:2]


@pytest.mark.parametrize(
    ("place", "result", "wrong", "near"), [(2, "0.1", "0.15", "0.101"), (11, "0.4", "0.3", "0.399")]
)
def test_an_answer_is_judged_by_the_digits_of_the_tables(open_page, worked_example, place, result, wrong, near):
    """Zeros at the end are not printed, yet they count."""
    page = open_page(*worked_example, f"#step={place}&hide=1")
    answers = page.locator(".answer")
    if answers.count() == 2:
        answers.last.fill("0.525")
    answers.first.fill(wrong)
    page.click("#step-check")
    assert answers.first.get_attribute("aria-invalid") == "true"
    answers.first.fill(near)
    page.click("#step-check")
    assert "✓ Right. At the first try: 0 of 1." in page.inner_text(".verdict")
    assert page.locator(".result").first.inner_text() == result


def test_the_verdict_on_one_instance_is_not_that_on_the_next(open_page, xor):
    network, X, y, _ = xor
    page = open_page(network, X, y, "#step=1&hide=1")
    page.click("#step-show")
    assert page.locator(".verdict").count() == 1
    page.click("#step-apply")
    page.click("#step-next")
    assert page.locator(".answer").count() == 2
    assert page.locator(".verdict").count() == 0


def test_how_many_answers_are_right_is_counted(open_page):
    X, y = load_iris(return_X_y=True)
    network = BackpropClassifier(2, solver="adam", max_iter=2, random_state=0).fit(X, y)
    page = open_page(network, X, y, "#hide=1")
    page.click("[data-phase=move]")
    answers = page.locator(".answer").all()
    for answer in answers:
        answer.fill("7e9")
    page.click("#step-check")
    assert page.inner_text(".verdict") == "Not yet. Put the numbers into the formula once more."
    page.click("#step-show")
    results = [text.replace("−", "-") for text in page.locator(".result").all_inner_texts()]
    page.click("#step-back")
    page.click("#step-next")
    page.uncheck("#step-hide")
    page.check("#step-hide")
    for answer, result in zip(page.locator(".answer").all(), ["7e9", *results[1:]], strict=True):
        answer.fill(result)
    page.click("#step-check")
    assert page.inner_text(".verdict") == f"{len(results) - 1} of {len(results)} right; look at the marked one again."


@pytest.mark.parametrize(
    "at",
    [
        *("i=1.5", "i=1e9", "i=NaN", "i=-3", "step=1.5", "step=1e99", "digits=7", "digits=Infinity", "digits=toString"),
        *("tab=train&i=2.5", "tab=train&epoch=1e300", "tab=%zz&theme=__proto__", "tab=constructor"),
        *("tab=play&p.hidden=1e9,-3,1.5", "tab=play&p.n=1e9", "tab=play&p.data=__proto__&p.batch=toString"),
        *("tab=play&p.seed=-1.5&p.rate=1e308&p.maxIter=1e99", "tab=play&p.data=own&p.points=1e300,0,1%20,,,%200,0,0"),
    ],
)
def test_no_address_breaks_the_page(open_page, xor, at):
    network, X, y, recording = xor
    page = open_page(network, X, y, f"#{at}", recording=recording)
    assert page.locator("[role=tabpanel]:visible section").count() >= 2
    assert page.evaluate("[Page.views[Page.shown]].every((view) => Number.isInteger(view.state?.number ?? 0))")
    assert page.locator("#step-number, #train-number, #play-seed").first.input_value().isdigit()


def test_an_edited_address_changes_digits_and_hiding_too(open_page, worked_example):
    page = open_page(*worked_example)
    page.evaluate("location.hash = '#digits=5&hide=1&step=1'")
    page.locator(".answer").first.wait_for()
    assert page.input_value("#step-digits") == "5"
    assert page.is_checked("#step-hide")
    assert "digits=5" in page.evaluate("location.hash")


def test_values_are_edited_and_the_update_is_applied(open_page, worked_example):
    page = open_page(*worked_example, "#step=3")
    page.fill("[data-field=w46]", "0.3")
    page.press("[data-field=w46]", "Enter")
    assert rows_of(page)[2] == "6 (0.3)(0.332) - (0.2)(0.525) + 0.1 = 0.095 1/(1 + e-0.095) = 0.524"
    page.click("#step-reset")
    page.fill("[data-field=l]", "0.5")
    page.press("[data-field=l]", "Enter")
    page.click("#step-last")
    assert "w46 -0.3 + (0.5)(0.1311)(0.332) = -0.278" in rows_of(page)
    page.click("#step-reset")
    page.fill("[data-field=T6]", "0")
    page.press("[data-field=T6]", "Enter")
    page.click("#step-last")
    assert "6 (0.474)(1 - 0.474)(0 - 0.474) = -0.1182" in rows_of(page)
    page.click("#step-reset")
    page.click("#step-apply")
    assert page.input_value("[data-field=w46]") == "-0.261"
    assert "Updates made: 1" in page.inner_text("#step-instance")
    page.fill("[data-field=x1]", "one")
    page.press("[data-field=x1]", "Enter")
    assert page.input_value("[data-field=x1]") == "1"


def click_field(page, name):
    """A click of the mouse alone: what stands there then has the focus, or nothing has."""
    box = page.locator(f"[data-field={name}]").bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 12)


@pytest.mark.parametrize("by", ["Tab", "click"])
def test_values_that_are_typed_one_after_another_are_all_kept(open_page, worked_example, by):
    page = open_page(*worked_example)
    typed = {"w14": "0.11", "w15": "0.22", "w24": "0.33", "w25": "0.44", "w34": "0.55"}
    click_field(page, "w14")
    for name, value in typed.items():
        if by == "click":
            click_field(page, name)
        assert page.evaluate("document.activeElement.dataset.field") == name
        page.keyboard.press("Control+a")
        page.keyboard.type(value)
        if by == "Tab":
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert {name: page.input_value(f"[data-field={name}]") for name in typed} == typed
    assert page.evaluate("document.activeElement.dataset.field") == ("w35" if by == "Tab" else "w34")
    page.click("#step-last")
    assert "0.11" in rows_of(page)[0]


def test_what_can_be_changed_is_named_in_words(open_page, worked_example):
    page = open_page(*worked_example)
    names = {name: page.get_attribute(f"[data-field={name}]", "aria-label") for name in ("l", "T6", "x1", "w46", "θ4")}
    assert names == {
        "l": "l, learning rate",
        "T6": "T6, target of unit 6",
        "x1": "x1, input 1",
        "w46": "w46, weight from unit 4 to unit 6",
        "θ4": "θ4, bias of unit 4",
    }
    kinds = page.locator(".initial .kind").all_inner_texts()
    assert kinds == ["rate, target", "inputs", "weights", "weights", "biases"]


def test_formulas_above_a_table_stand_apart(open_page, worked_example):
    page = open_page(*worked_example)
    formulas = page.locator("caption .letters").first.locator(".math").all_inner_texts()
    assert formulas == ["Ij = Σi wij Oi + θj", "Oj = 1/(1 + e−Ij)"]
    # nothing between them that could be read as a product
    assert page.locator("caption .letters").first.inner_text().split("\n") == formulas


def test_the_formula_is_in_sight_beside_a_large_network(open_page):
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(30, max_iter=1, random_state=0).fit(X / 16, y)
    page = open_page(network, X / 16, y, "#step=1")
    assert page.locator("#panel-step .drawing").bounding_box()["height"] > 600
    card = page.locator(".card").bounding_box()
    assert card["y"] + card["height"] < page.viewport_size["height"]
    assert " 0 " not in page.locator(".card .numbers").first.inner_text()  # of many terms those that say something


BOXES = """selector => [...document.querySelectorAll(selector)].map((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return [left, right, top, bottom];
})"""


@pytest.mark.parametrize("width", [400, 1300])
def test_errors_do_not_cover_the_weights(open_page, worked_example, width):
    page = open_page(*worked_example, "#step=17", width=width)
    weights, errors = (page.evaluate(BOXES, f"#panel-step .{name}") for name in ("weight", "error rect"))
    assert (len(weights), len(errors)) == (8, 3)
    covered = [
        (weight, error)
        for weight in weights
        for error in errors
        if weight[0] < error[1] and error[0] < weight[1] and weight[2] < error[3] and error[2] < weight[3]
    ]
    assert covered == []


def test_numbers_and_names_of_a_large_network_keep_to_their_places_on_a_phone(open_page):
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(12, max_iter=20, random_state=0).fit(X / 16, y)
    page = open_page(network, X / 16, y, "#step=32", width=400)
    errors, names = (page.evaluate(BOXES, f"#panel-step .{name}") for name in ("error rect", "name"))
    assert errors
    assert all(left >= 0 and right <= 400 for left, right, *_ in errors)
    assert max(map(len, page.locator("#panel-step .output").all_text_contents())) > 6
    circles, outputs = (page.evaluate(BOXES, f"#panel-step .unit {name}") for name in ("circle", "text.output"))
    filled = [next(c for c in circles if c[0] < (o[0] + o[1]) / 2 < c[1] and c[2] < o[2] < c[3]) for o in outputs]
    assert all(c[0] - 1 <= o[0] and o[1] <= c[1] + 1 for c, o in zip(filled, outputs, strict=True))
    covered = [
        (e, n) for e in errors for n in names if e[0] < n[1] and n[0] < e[1] and e[2] < n[3] - 1 and n[2] < e[3] - 1
    ]
    assert len(names) == 8
    assert covered == []


COWS = "🐄" * 4 + "…" + "🐄" * 4


def test_long_names_are_shortened_by_whole_letters(open_page):
    X = np.eye(3)
    network = BackpropClassifier(2, max_iter=1, random_state=0).fit(X, ["cat", "a very long-haired cat", "🐄" * 20])
    page = open_page(
        network, X, network.classes_, "#tab=step", feature_names=["length", "length of the tail", "🐄" * 20]
    )
    names = page.locator("#panel-step .name").evaluate_all("names => names.map(name => name.firstChild.data)")
    assert names == ["length", "length o…the tail", COWS, "a very l…ired cat", "cat", COWS]
    titles = page.locator("#panel-step .name title").all_text_contents()
    assert titles[1:4] == ["length of the tail", "🐄" * 20, "class a very long-haired cat"]


@pytest.mark.parametrize("digits", ["exact", "2"])
def test_updates_that_are_applied_are_those_of_partial_fit(open_page, digits):
    X, y = load_iris(return_X_y=True)
    X, y = X[::15], y[::15]
    for settings in ({"momentum": 0.9}, {"solver": "adam"}, {"solver": "rprop"}):
        network = BackpropClassifier(3, batch_size=1, shuffle=False, random_state=0, max_iter=2, **settings)
        network.fit(X, y)
        page = open_page(network, X, y, f"#digits={digits}")
        for row, label in zip(X[:4], y[:4], strict=True):
            page.click("#step-apply")
            network.partial_fit([row], [label])
        page.select_option("#step-digits", "exact")
        shown = [float(page.input_value(f"[data-field='{name}']")) for name in ("w1,5", "w4,7", "w5,8", "θ10")]
        wanted = [network.coefs_[0][0, 0], network.coefs_[0][3, 2], network.coefs_[1][0, 0], network.intercepts_[1][2]]
        assert shown == [float(f"{value:.6g}") for value in wanted], settings


def test_a_regressor_tells_of_its_scale(open_page):
    X = np.linspace(-2, 2, 20)[:, np.newaxis]
    network = BackpropRegressor(3, max_iter=20, random_state=0).fit(X, 50 + 10 * X[:, 0])
    page = open_page(network, X, 50 + 10 * X[:, 0], "#i=20&step=4")
    scaled = (70 - network.y_mean_[0]) / network.y_scale_[0]
    assert f"has the target 70; on the network's own scale T is {scaled:.5g}" in page.inner_text("#step-instance")
    page.click("#tab-train")
    assert "The network says " in page.inner_text("#train-instance")


def epoch_of(page):
    return page.inner_text("#train-epoch")


def test_the_slider_goes_through_the_recorded_epochs(open_page, xor):
    network, X, y, recording = xor
    page = open_page(network, X, y, "#tab=train", recording=recording)
    assert epoch_of(page) == f"epoch {network.n_iter_}"
    assert page.get_attribute("#train-slider", "max") == "3"
    page.fill("#train-slider", "1")
    assert epoch_of(page) == "epoch 5"
    assert page.get_attribute("#train-slider", "aria-valuetext") == "epoch 5"
    assert f"loss {network.loss_curve_[4]:.4g}" in page.inner_text("#train-numbers")
    page.focus("#train-slider")
    press(page, "ArrowRight")
    assert epoch_of(page) == "epoch 20"
    assert "epoch=20" in page.evaluate("location.hash")
    box = page.locator("#train-curves").bounding_box()
    page.mouse.click(box["x"] + 60, box["y"] + 60)
    assert epoch_of(page) == "epoch 1"
    page.click("#train-play")
    wait_for(page, "#train-epoch", f"epoch {network.n_iter_}")
    assert page.inner_text("#train-play") == "Play"
    assert page.inner_text("#train-end") == f"{network.n_iter_} epochs: max_iter was reached."


def test_the_weights_of_a_recorded_epoch_are_those_that_are_drawn(open_page, xor):
    network, X, y, recording = xor
    page = open_page(network, X, y, "#tab=train&epoch=5&i=3", recording=recording)
    early = BackpropClassifier(**network.get_params()).set_params(max_iter=5).fit(X, y)
    shown = page.eval_on_selector_all("#panel-train .bar-value", "bars => bars.map(bar => Number(bar.textContent))")
    np.testing.assert_allclose(shown, early.predict_proba(X[2:3])[0], atol=6e-4)


def test_an_instance_that_is_clicked_shows_its_way(open_page, xor):
    network, X, y, recording = xor
    page = open_page(network, X, y, "#tab=train", recording=recording)
    assert page.locator("#train-key .class").all_inner_texts() == ["● class 0", "■ class 1"]
    box = page.locator("#train-plane").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 70, box["y"] + 70)
    assert "Instance 4 is of class 0." in page.inner_text("#train-instance")
    outputs = page.eval_on_selector_all("#panel-train .network .output", "texts => texts.map(each => each.textContent)")
    wanted = [each[0] for each in (X[3:], *network.activations(X[3:]))]
    assert outputs == [f"{value:.2f}".replace("-", "−") for value in np.concatenate(wanted)[: len(outputs)]]
    page.focus("#train-plane")
    press(page, "ArrowLeft")
    assert "Instance 3" in page.inner_text("#train-instance")
    page.fill("#train-slider", "0")
    page.click("#train-wrong")
    assert "wrong." in page.inner_text("#train-instance")


def test_the_network_is_the_last_frame_though_its_recording_ended_before(open_page, xor):
    network, X, y, recording = xor
    early = SimpleNamespace(**{name: values[:-1] for name, values in vars(recording).items()})
    page = open_page(network, X, y, "#tab=train", recording=early)
    assert epoch_of(page) == f"epoch {network.n_iter_}"
    assert page.get_attribute("#train-slider", "max") == "3"


def test_what_runs_comes_to_rest_with_its_tab(open_page, xor):
    network, X, y, recording = xor
    page = open_page(network, X, y, "#tab=train", recording=recording)
    page.click("#train-play")
    page.click("#tab-play")
    assert page.evaluate("Page.views.train.timer") is None
    page.fill("#play-errorTol", "0")
    page.press("#play-errorTol", "Enter")
    page.click("#play-train")
    page.click("#tab-step")
    assert page.evaluate("Page.views.play.isRunning") is False


def test_an_instance_that_the_keyboard_chose_is_read_out(open_page, xor):
    network, X, y, recording = xor
    page = open_page(network, X, y, "#tab=train", recording=recording)
    page.focus("#train-plane")
    press(page, "ArrowRight")
    assert page.inner_text("#live") == page.inner_text("#train-instance")
    assert "Instance 2" in page.inner_text("#live")


def test_without_a_recording_the_page_says_so_and_trains_one(open_page, xor):
    network, X, y, _ = xor
    page = open_page(network, X, y, "#tab=train")
    assert "no weights were recorded" in page.inner_text(".note")
    assert page.locator("#train-slider").is_disabled()
    page.click("#train-here")
    wait_for(page, "#train-end", "max_iter")
    assert page.inner_text(".note p") == "Shown is a training on this page, from a new start."
    assert page.inner_text("#train-here") == "Train again"
    assert page.inner_text("#train-plan") == "On all 4 instances, one at a time; the learning rate is 0.5."
    assert page.inner_text("#train-end") == "On this page, 300 epochs: max_iter was reached."
    assert page.inner_text("#live") == page.inner_text("#train-end")
    assert page.locator("#train-slider").is_enabled()


TRAINED = {
    "batches": ({}, lambda X: X),
    "far from zero": ({}, lambda X: 3 * X + 10),
    "hidden layers' own rate": ({"hidden_layer_sizes": 60, "batch_size": "epoch"}, lambda X: X),
    "L-BFGS": ({"solver": "lbfgs"}, lambda X: X),
}


def test_what_is_trained_on_the_page_says_that_its_rate_stays(open_page, xor):
    _, X, y, _ = xor
    network = BackpropClassifier(3, learning_rate="invscaling", learning_rate_init=0.5, random_state=0).initialize(X, y)
    page = open_page(network, X, y, "#tab=train")
    expected = "the learning rate is 0.5, in each epoch: the schedule invscaling is left out here."
    assert page.inner_text("#train-plan").endswith(expected)


@pytest.mark.parametrize("name", TRAINED)
def test_what_is_trained_on_the_page_learns_as_the_network_did(open_page, name):
    settings, change = TRAINED[name]
    random = np.random.RandomState(0)
    X = (random.rand(200, 5) > 0.5).astype(float)
    y = np.c_[X[:, 0], X[:, 1] != X[:, 2], X[:, 3]].astype(int)
    network = BackpropClassifier(**{"hidden_layer_sizes": 8, "random_state": 0, **settings}).fit(change(X), y)
    page = open_page(network, change(X), y, "#tab=train")
    if name != "L-BFGS":
        words = page.inner_text("#train-plan")
        begun = clone(network).initialize(change(X), y)
        of_outputs, at_first = begun.learning_rate_, begun.hidden_learning_rate_
        own = "" if at_first == of_outputs else f", in hidden layers {at_first:.3g}"
        assert re.search(rf"; the learning rate is {of_outputs:.3g}{own}(, later [\d.]+)?\.$", words), words
        assert (", later " in words) == (name == "hidden layers' own rate")
    page.click("#train-here")
    wait_for(page, "#train-here", "Train again")
    mine = page.evaluate("Page.views.train.curves.error.values.at(-1)")
    assert mine <= max(network.error_curve_[-1], 0.02) + 0.05


def test_without_an_epoch_there_is_no_room_for_curves(open_page, worked_example):
    page = open_page(*worked_example, "#tab=train")
    assert "There is no curve yet" in page.inner_text("#train-numbers")
    assert page.locator("#train-curves").bounding_box()["height"] == 0
    page.click("#train-here")
    wait_for(page, "#train-end", "max_iter")
    axis, numbers = page.locator("#train-curves text", has_text="epoch"), page.locator("#train-numbers")
    below = axis.bounding_box()["y"] + axis.bounding_box()["height"]
    assert below <= numbers.bounding_box()["y"]  # nothing lies upon the name of the axis


def test_bars_say_what_they_are_and_how_much(open_page):
    X, y = load_iris(return_X_y=True)
    network = BackpropClassifier(2, max_iter=20, random_state=0).fit(X, y)
    page = open_page(network, X, y, "#tab=train")
    assert page.inner_text(".outputs h4") == "Probability of each class: the outputs, divided by their sum"
    shown = page.locator(".tile").first.locator(".value").all_text_contents()
    wanted = [*network.coefs_[0][:, 0], network.intercepts_[0][0]]
    assert shown == [f"{value:.2f}".replace("-", "−") for value in wanted]
    page = open_page(network.set_params(loss="log_loss").fit(X, y), X, y, "#tab=train")
    assert page.inner_text(".outputs h4") == "Probability of each class"


def test_curves_of_probabilities_have_a_key_and_the_name_of_what_they_are(open_page):
    X = np.linspace(-3, 3, 30)[:, np.newaxis]
    page = open_page(
        BackpropClassifier(4, max_iter=5, random_state=0).fit(X, X[:, 0] > 0), X, X[:, 0] > 0, "#tab=train"
    )
    assert page.locator("#train-key .class").all_inner_texts() == ["● class False", "■ class True"]
    texts = page.evaluate(TEXTS_OF_CANVAS)
    assert "probability" in texts
    assert not any("class" in text for text in texts)


# What is written into the plane when it is drawn anew.
TEXTS_OF_CANVAS = """() => {
    const [texts, own] = [[], CanvasRenderingContext2D.prototype.fillText];
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        texts.push(text);
        return own.call(this, text, ...place);
    };
    Page.views.train.redraw();
    CanvasRenderingContext2D.prototype.fillText = own;
    return texts;
}"""


def test_each_of_many_classes_has_a_mark_of_its_own(open_page):
    X = np.random.RandomState(0).normal(size=(72, 2))
    y = np.arange(72) % 12
    page = open_page(BackpropClassifier(9, max_iter=2, random_state=0).fit(X, y), X, y, "#tab=train")
    marks = page.locator("#train-key .mark")
    looks = marks.evaluate_all("marks => marks.map(mark => mark.textContent + getComputedStyle(mark).color)")
    assert len(set(looks)) == 12
    assert len({look[1:] for look in looks[:10]}) == len({look[0] for look in looks[:10]}) == 10
    assert not page.is_checked("#train-lines")  # of nine hidden units


def test_which_of_several_targets_is_shown_is_chosen(open_page):
    X = np.linspace(-3, 3, 30)[:, np.newaxis]
    y = np.c_[np.sin(X[:, 0]), 10 + X[:, 0]]
    page = open_page(BackpropRegressor(4, max_iter=2, random_state=0).fit(X, y), X, y, "#tab=train")
    assert "y1" in page.evaluate(TEXTS_OF_CANVAS)
    page.select_option("#train-part", "1")
    assert {"y2", "10"} <= set(page.evaluate(TEXTS_OF_CANVAS))
    assert "out=2" in page.evaluate("location.hash")


@pytest.mark.parametrize("n_inputs", [2, 4])
def test_which_of_several_labels_is_shown_is_chosen(open_page, n_inputs):
    X = np.random.RandomState(0).normal(size=(30, n_inputs))
    y = np.c_[X[:, 0] > 0, X[:, 1] > 0].astype(int)
    network = BackpropClassifier(4, max_iter=2, random_state=0).fit(X, y)
    page = open_page(network, X, y, "#tab=train&out=2")
    assert page.inner_text(".outputs h4") == "Probability of each class of label 1"
    shown = float(page.locator("#panel-train .bar-value").last.inner_text())
    assert shown == pytest.approx(network.predict_proba(X[:1])[0, 1], abs=6e-4)
    page.select_option("#train-part", "0")
    assert page.inner_text(".outputs h4") == "Probability of each class of label 0"
    if n_inputs == 2:
        assert page.locator("#train-key .class").all_inner_texts() == ["● label 0 no", "■ label 0 yes"]


def test_what_is_left_out_is_said(open_page):
    X = np.random.RandomState(0).rand(40, 10)
    page = open_page(BackpropRegressor((6, 5, 4), max_iter=2, random_state=0).fit(X, X[:, 0]), X, X[:, 0], "#tab=train")
    assert page.inner_text("#train-left") == (
        "Only the first hidden layer looks at the inputs; the 9 units of later layers have no tile. "
        "Of the 10 inputs the 8 with the largest weights are shown."
    )
    X = np.random.RandomState(0).rand(40, 14)
    page = open_page(BackpropRegressor(32, max_iter=2, random_state=0).fit(X, X[:, 0]), X, X[:, 0], "#tab=train")
    assert "2 more units have no tile." in page.inner_text("#train-left")
    assert "2 more are not shown" in page.inner_text(".values")


def test_of_many_inputs_those_that_say_the_most_are_stepped_through(open_page):
    X = np.zeros((20, 500))
    X[np.arange(20), np.arange(20)] = 1.0
    X[0, [77, 300, 301, 302, 303, 304, 410, 455]] = 0.5
    y = np.arange(20) % 2
    names = [f"word{number}" for number in range(500)]
    network = BackpropClassifier(4, max_iter=2, random_state=0).fit(X, y)
    network.coefs_[0][304] = 1e-6
    page = open_page(network, X, y, "#step=1", feature_names=names)
    drawn = page.locator("#panel-step .name").evaluate_all("names => names.map(name => name.firstChild.data)")
    assert drawn[:8] == [f"word{number}" for number in (0, 77, 300, 301, 302, 303, 410, 455)]
    assert "of the inputs those with the largest |w x|" in page.inner_text("#step-instance")
    assert page.locator("[data-field=x78]").count() == 1
    page.click("#step-apply")
    assert page.locator("[data-field=x2]").count() == 1


def test_instances_that_the_network_does_not_know_are_warned_of(open_page):
    X, y = load_iris(return_X_y=True)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    network = BackpropClassifier(5, random_state=0).fit(scaled, y)
    page = open_page(network, X, y)
    right, learned = np.mean(network.predict(X) == y), 1 - network.error_curve_[-1]
    assert page.inner_text("#warning") == (
        f"The network is right for {right:.0%} of these instances; at the end of its training it was for {learned:.0%}. "
        "Are the inputs scaled as those were that it learned from?"
    ).replace("%", " %")
    page.click("#tab-train")
    assert page.locator("#warning").is_visible()
    assert open_page(network, scaled, y).locator("#warning").count() == 0
    network = BackpropRegressor(5, random_state=0).fit(scaled, scaled[:, 0])
    assert "The network explains 0 % of what these targets" in open_page(network, X, X[:, 0]).inner_text("#warning")
    assert open_page(network, scaled, scaled[:, 0]).locator("#warning").count() == 0


def test_the_rate_for_an_instance_alone_is_told_from_that_of_batches(open_page, worked_example):
    X = (np.random.RandomState(0).rand(200, 5) > 0.5).astype(float)
    y = X[:, 0] != X[:, 1]
    network = BackpropClassifier(60, batch_size=100, max_iter=2, random_state=0).fit(X, y)
    page = open_page(network, X, y)
    page.click(".initial summary")
    own = page.input_value("[data-field=l]")
    hidden = f"{network.learning_rate_:.3g} ({network.hidden_learning_rate_:.3g} in hidden layers)"
    assert network.hidden_learning_rate_ > network.learning_rate_
    assert page.inner_text("#step-rate") == (
        f"l = {own} is the rate for one instance at a time; in its batches the network learned with "
        f"learning_rate_ = {hidden}."
    )
    assert open_page(*worked_example).locator("#step-rate").count() == 0


@pytest.mark.parametrize("width", [400, 1300, 1600])
def test_names_that_have_room_are_not_cut(open_page, width):
    iris = load_iris()
    X, y = iris.data, iris.target_names[iris.target]
    network = BackpropClassifier(5, max_iter=1, random_state=0).fit(X, y)
    page = open_page(network, X, y, feature_names=iris.feature_names, width=width)
    for tab in ("step", "train"):
        page.click(f"#tab-{tab}")
        names = page.locator(f"#panel-{tab} .network .name")
        drawn = names.evaluate_all("names => names.map(name => name.firstChild.data)")
        assert drawn[:4] == iris.feature_names
        boxes = page.evaluate(BOXES, f"#panel-{tab} .network .name")
        left, right = page.evaluate(BOXES, f"#panel-{tab} .network")[0][:2]
        assert all(box[0] >= left - 2 and box[1] <= right + 2 for box in boxes)


def test_one_epoch_is_one_epoch(open_page):
    X, y = load_iris(return_X_y=True)
    page = open_page(BackpropClassifier(2, max_iter=1, random_state=0).fit(X, y), X, y, "#tab=train")
    page.click("#train-here")
    wait_for(page, "#train-here", "Train again")
    assert page.inner_text("#train-end") == "On this page, 1 epoch: max_iter was reached."
    assert "over 1 epoch." in page.get_attribute("#train-curves", "aria-label")


def test_a_network_of_one_class_says_it_whatever_its_unit_puts_out(open_page):
    X = load_iris().data[:20, :2]
    network = BackpropClassifier(2, max_iter=1, random_state=0).fit(X, ["setosa"] * 20)
    network.intercepts_[1] += 9.0
    page = open_page(network, X, ["setosa"] * 20, "#tab=train")
    assert page.locator("#panel-train .bar").all_inner_texts() == ["setosa ✓\n1.000"]
    assert "The network says class setosa: right." in page.inner_text("#train-instance")


def test_images_and_named_features_have_pictures_of_their_own(open_page):
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(12, max_iter=5, random_state=0).fit(X / 16, y)
    page = open_page(network, X / 16, y, "#tab=train")
    assert page.locator(".tile canvas").count() == 12
    page.locator(".thumbnail").nth(3).click()
    assert page.locator(".thumbnail").nth(3).get_attribute("aria-pressed") == "true"
    page.click("#tab-step")
    assert "row" in page.inner_text("#step-instance")
    pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True, as_frame=True)
    page = open_page(BackpropClassifier(4, max_iter=5, random_state=0).fit(X, y), X, y, "#tab=train")
    assert page.locator(".tile svg.bars").count() == 4
    assert "petal length" in page.locator(".tile svg.bars").first.get_attribute("aria-label")


def train_to_the_end(page):
    page.select_option("#play-speed", "200")
    page.click("#play-train")
    wait_for(page, "#play-train", "Train again")


@pytest.mark.parametrize("name", ["xor", "moons", "circles", "spirals", "blobs", "wave"])
def test_every_set_of_points_is_trained_on(open_page, worked_example, name):
    page = open_page(*worked_example, "#tab=play&p.maxIter=20&p.errorTol=0")
    page.select_option("#play-data", name)
    train_to_the_end(page)
    assert re.match(r"20 epochs: loss .*; max_iter was reached\.", page.inner_text("#play-state"))
    assert page.locator("#play-curves path.curve").count() == 3


def test_settings_are_kept_in_the_address_and_read_from_it(open_page, worked_example):
    page = open_page(
        *worked_example, "#tab=play&p.data=moons&p.noise=0.2&p.hidden=5, 3&p.activation=tanh&p.loss=log_loss"
    )
    assert page.input_value("#play-hidden") == "5, 3"
    assert page.input_value("#play-activation") == "tanh"
    assert page.locator("#panel-play .unit").count() == 2 + 5 + 3 + 1
    page.fill("#play-hidden", "2")
    page.press("#play-hidden", "Enter")
    page.select_option("#play-solver", "adam")
    assert page.input_value("#play-rate") == "0.05"
    address = page.evaluate("location.hash")
    assert "p.hidden=2" in address
    assert "p.solver=adam" in address
    page.reload()
    assert page.input_value("#play-hidden") == "2"
    assert page.input_value("#play-solver") == "adam"
    page.evaluate("location.hash = '#tab=play&p.rate=nonsense&p.data=nothing&p.hidden=x&p.noise=9'")
    page.wait_for_timeout(300)
    assert page.input_value("#play-data") == "xor"
    assert page.input_value("#play-rate") == "0.5"


def test_the_rate_at_the_start_suits_what_is_trained(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play")
    assert page.input_value("#play-rate") == "0.5"
    page.select_option("#play-data", "wave")
    assert page.input_value("#play-rate") == "0.01"
    page.fill("#play-noise", "0")
    page.press("#play-noise", "Enter")
    train_to_the_end(page)
    assert "the error rate fell below error_tol" in page.inner_text("#play-state")
    page.select_option("#play-data", "moons")
    assert page.input_value("#play-rate") == "0.5"
    page.evaluate("location.hash = '#tab=play&p.data=wave&p.solver=adam'")
    page.wait_for_timeout(300)
    assert page.input_value("#play-rate") == "0.01"


def test_only_settings_that_count_are_shown(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play")
    assert page.locator("#play-n").is_hidden()  # XOR has four points
    page.fill("#play-noise", "0.1")
    page.press("#play-noise", "Enter")
    assert page.locator("#play-n").is_visible()
    assert page.locator("#play-parameter").is_hidden()
    page.select_option("#play-data", "wave")
    for loss, words in (("huber", "Huber's δ"), ("quantile", "Quantile q")):
        page.select_option("#play-loss", loss)
        assert page.inner_text("[data-setting=parameter]").strip() == words
    for name in ("max_iter", "error_tol", "update_tol"):
        assert page.get_by_label(name, exact=True).get_attribute("title").startswith("End ")


def test_points_of_ones_own_are_put_taken_away_and_trained_on(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play&p.data=own")
    assert "Put points of two classes" in page.inner_text("#play-state")
    assert page.inner_text("#play-key") == ""
    click_middle(page)
    assert page.inner_text("#play-key") == "● class 0"
    page.check("input[name=pen][value='1']")
    page.fill("[aria-label='x1 of a point']", "0.5")
    page.fill("[aria-label='x2 of a point']", "-0.5")
    page.click("#play-add")
    assert page.evaluate("new URLSearchParams(location.hash.slice(1)).get('p.points')").endswith("0.5,-0.5,1")
    assert page.inner_text("#play-state") == "At the start: no epoch yet."
    assert page.locator("#play-key .class").all_inner_texts() == ["● class 0", "■ class 1"]
    train_to_the_end(page)
    assert "error_tol" in page.inner_text("#play-state")
    click_middle(page)
    assert "Put points of two classes" in page.inner_text("#play-state")


def test_points_are_chosen_and_taken_away_by_the_keyboard(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play&p.data=own&p.points=0.5,0.5,0%200.1,-0.5,1%20-1,0,2")
    page.focus("#play-plane")
    press(page, "ArrowLeft", 2)
    assert page.inner_text("#live") == "Point 2 of 3: x1 0.1, x2 −0.5, class 1."
    assert page.locator("#panel-play .network .output").count() > 0
    press(page, "Delete")
    assert page.evaluate("Page.views.play.settings.points") == "0.5,0.5,0 -1,0,2"


def test_points_outside_of_the_plane_make_it_larger(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play&p.data=own")
    assert page.evaluate("Page.views.play.range.x") == [-1.25, 1.25]
    for place in ("3", "-0.5"):
        page.fill("[aria-label='x1 of a point']", place)
        page.fill("[aria-label='x2 of a point']", place)
        page.click("#play-add")
    least, most = page.evaluate("Page.views.play.range.x")
    assert least < -0.5
    assert most > 3
    page.evaluate("location.hash = '#tab=play&p.noise=0.25&p.n=400'")
    page.wait_for_timeout(300)
    inside = """() => {
        const { points, range } = Page.views.play;
        return points.inputs.every(([x, y]) => x > range.x[0] && x < range.x[1] && y > range.y[0] && y < range.y[1]);
    }"""
    assert page.evaluate(inside)


def test_a_new_start_keeps_the_points_and_new_data_the_start(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play&p.data=moons&p.noise=0.1")
    see = "[Page.views.play.points.inputs.join(), Page.views.play.start.join()]"
    points, start = page.evaluate(see)
    page.click("#play-again")
    assert page.evaluate(see)[0] == points
    assert page.evaluate(see)[1] != start
    assert page.input_value("#play-start") == "1"
    page.fill("#play-start", "0")
    page.press("#play-start", "Enter")
    page.click("#play-points")
    assert page.evaluate(see)[0] != points
    assert page.evaluate(see)[1] == start
    assert "p.seed=1" in page.evaluate("location.hash")
    page.select_option("#play-data", "own")
    assert page.locator("#play-points").is_hidden()  # where there is nothing to draw


@pytest.mark.parametrize(
    ("typed", "taken", "words"),
    [
        ("99", "12", "A layer has 12 units at most here."),
        ("abc", "", "“abc” is no whole number of units and left out. There is no hidden layer."),
        ("3, 2.5, x", "3", "“2.5”, “x” are no whole numbers of units and left out."),
        ("2 2 2 2 2", "2, 2, 2, 2", "There are 4 hidden layers at most here."),
        ("5, 3", "5, 3", ""),
        ("", "", ""),
        ("0", "", ""),
    ],
)
def test_hidden_units_that_are_not_taken_as_typed_are_told(open_page, worked_example, typed, taken, words):
    page = open_page(*worked_example, "#tab=play")
    page.fill("#play-hidden", typed)
    page.press("#play-hidden", "Enter")
    assert page.input_value("#play-hidden") == taken
    assert page.inner_text("#play-hidden-note") == words
    page.fill("#play-hidden", "4")
    page.press("#play-hidden", "Enter")
    assert page.inner_text("#play-hidden-note") == ""


def test_the_network_of_play_is_told_from_the_exported_one(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play")
    assert "The network here is a new one, not the exported one" in page.inner_text("#panel-play .hint")


def test_numbers_that_the_package_would_refuse_cannot_be_set(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play&p.data=wave&p.loss=quantile&p.parameter=5&p.errorTol=-3&p.rate=0")
    settings = page.evaluate("Page.views.play.settings")
    assert (settings["parameter"], settings["errorTol"]) == (0.999, 0)
    assert settings["rate"] > 0
    page.select_option("#play-loss", "huber")
    page.fill("#play-parameter", "3")
    page.press("#play-parameter", "Enter")
    page.select_option("#play-loss", "quantile")
    assert page.input_value("#play-parameter") == "0.999"
    page.fill("#play-maxIter", "10.5")
    page.press("#play-maxIter", "Enter")
    page.click("#play-copy")
    assert "max_iter=11," in page.inner_text("#play-code")
    exec(page.inner_text("#play-code").replace("print(", "ends = ("), {})


def test_the_address_is_left_alone_while_nothing_in_it_changes(open_page, worked_example):
    page = open_page(*worked_example, "#tab=play&p.maxIter=50&p.errorTol=0")
    page.evaluate("() => { window.calls = 0; history.replaceState = () => { window.calls += 1; }; }")
    page.click("#play-train")
    wait_for(page, "#play-train", "Train again")
    assert page.evaluate("window.calls") == 0


PROGRAMS = [
    "p.data=moons&p.n=30&p.noise=0.1&p.shuffle=0&p.batch=4&p.hidden=4, 3&p.activation=tanh",
    "p.data=blobs&p.n=30&p.batch=epoch&p.loss=log_loss&p.solver=adam&p.rate=0.1&p.updateTol=0.5",
    "p.data=wave&p.n=30&p.batch=16&p.shuffle=0&p.loss=huber&p.parameter=0.3",
    "p.data=circles&p.n=30&p.solver=rprop&p.alpha=0.01&p.activation=relu",
]


@pytest.mark.parametrize("settings", PROGRAMS)
def test_the_copied_program_makes_the_same_training(open_page, worked_example, settings):
    page = open_page(*worked_example, f"#tab=play&p.maxIter=40&p.errorTol=0&{settings}")
    train_to_the_end(page)
    page.click("#play-copy")
    names = {}
    exec(page.inner_text("#play-code").replace("print(", "ends = ("), names)
    mine = page.evaluate("Array.from(Page.views.play.training.net.vector)")
    network = names["network"]
    theirs = np.concatenate([array.ravel() for array in [*network.coefs_, *network.intercepts_]])
    assert network.n_iter_ == 40
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-9)
    np.testing.assert_allclose(page.evaluate("Page.views.play.training.curves.loss"), network.loss_curve_, atol=1e-9)
    np.testing.assert_allclose(page.evaluate("Page.views.play.training.curves.error"), network.error_curve_, atol=1e-9)


def test_the_tabs_are_reached_by_the_keyboard_and_have_names(open_page, worked_example):
    page = open_page(*worked_example)
    page.focus("#tab-step")
    for name in ("train", "play"):
        press(page, "ArrowRight")
        assert page.get_attribute(f"#tab-{name}", "aria-selected") == "true"
        assert page.locator(f"#panel-{name}").is_visible()
        nameless = page.evaluate(
            """name => {
                const all = document.querySelectorAll(`#panel-${name} :is(button, input, select, canvas, svg[role])`);
                const nameOf = (each) =>
                    each.textContent.trim() || each.getAttribute('aria-label') || each.labels?.[0]?.textContent.trim();
                return [...all].filter((each) => !nameOf(each)).map((each) => each.outerHTML);
            }""",
            name,
        )
        assert nameless == []
    assert page.locator("[role=tablist] [role=tab]").count() == 3


@pytest.mark.parametrize("width", [400, 1300, 1600])
@pytest.mark.parametrize("tab", ["step", "train", "play"])
def test_no_tab_is_wider_than_the_screen(open_page, xor, tab, width):
    network, X, y, recording = xor
    page = open_page(
        network, X, y, f"#tab={tab}&step=9", width=width, recording=recording, output_names=["a long name"]
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_theme_follows_the_system_and_the_button(open_page, worked_example):
    page = open_page(*worked_example, theme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.click("#theme")
    assert page.inner_text("#theme") == "Theme: light"
    assert page.evaluate(background) == "rgb(255, 255, 255)" != dark


def test_only_one_tab_is_shown_in_a_frame(open_page, worked_example):
    page = open_page(*worked_example, "#only=1&tab=play")
    assert page.locator("header").count() == 0
    assert page.locator("#play-train").is_visible()


def test_a_page_in_a_frame_follows_the_theme_around_it(open_page, worked_example):
    page = open_page(*worked_example, "#only=1&step=3")
    shown = "document.documentElement.dataset.shown"
    for theme in ("dark", "light", "dark"):
        page.evaluate(f"window.postMessage({{ theme: '{theme}' }}, '*')")
        page.locator(f":root[data-shown={theme}]").wait_for()
    page.evaluate("for (const data of [null, 1, {}, { theme: 'toString' }]) window.postMessage(data, '*')")
    page.evaluate("window.postMessage({ theme: 'light' }, '*')")
    page.locator(":root[data-shown=light]").wait_for()
    assert page.evaluate(shown) == "light"
    assert len(rows_of(page)) == 3  # where the reader was


def test_a_page_in_a_frame_tells_how_high_it_is(open_page, worked_example, tmp_path):
    page = open_page(*worked_example)
    around = tmp_path / "around.html"
    around.write_text(
        f"<iframe width=400 height=100 src='{page.url}#only=1'></iframe>"
        "<script>addEventListener('message', ({ data }) => { window.told = data.height; })</script>",
        encoding="utf-8",
    )
    page.goto(around.as_uri())
    page.wait_for_function("window.told > 500")
    before = page.evaluate("window.told")
    page.frames[1].click("button.phase:has-text('Update')")
    page.wait_for_function(f"window.told > {before}")  # tables have grown
    assert page.evaluate("window.told") == page.frames[1].evaluate("document.documentElement.scrollHeight")


EVIL = "</script><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>{{script}} & \u2028 <!--"


def test_texts_of_the_users_do_nothing_but_stand_there(open_page):
    X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([EVIL, "b" + EVIL])
    network = BackpropClassifier(2, max_iter=3, random_state=0).fit(X, y)
    page = open_page(network, X, y, "#step=3", title=EVIL, feature_names=[EVIL, "b"])
    for tab in ("train", "play", "step"):
        page.click(f"#tab-{tab}")
    assert page.evaluate("window.hurt") is None
    for text in (page.inner_text("h1"), page.title()):
        assert text.split() == EVIL.split()
    assert page.locator("#page img, #page script").count() == 0


def test_long_names_end_with_a_whole_letter(open_page):
    X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array(["\U0001f600" * 40, "b" + "\U0001f600" * 40])
    network = BackpropClassifier(2, max_iter=3, random_state=0).fit(X, y)
    page = open_page(network, X, y, feature_names=["\U0001f600" * 40, "a" + "\U0001f600" * 40])
    for tab in ("train", "play", "step"):
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.body.textContent.isWellFormed()")


@pytest.mark.parametrize("width", [400, 1300])
@pytest.mark.parametrize("n_inputs", [2, 4])
def test_names_that_differ_at_their_end_look_different_and_tell_all_when_pointed_at(open_page, n_inputs, width):
    X = np.random.RandomState(0).normal(size=(30, n_inputs))
    inputs = [
        f"Average time spent on the material of the course in each week, item {number}?" for number in range(n_inputs)
    ]
    classes = ["worst concavity of all the cells in the middle", "worst concavity of all the cells at the edge", "none"]
    y = np.array(classes)[np.arange(30) % 3]
    network = BackpropClassifier(2, max_iter=1, random_state=0).fit(X, y)
    page = open_page(network, X, y, "#tab=step", width=width, feature_names=inputs)
    drawn = page.locator("#panel-step .name").evaluate_all("names => names.map(name => name.firstChild.data)")
    assert len(set(drawn)) == n_inputs + 3
    page.click("#tab-train")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    bars = page.locator("#panel-train .bar-name > span")
    assert len(set(bars.all_text_contents())) == 3
    titles = bars.evaluate_all("bars => bars.map(bar => bar.title)")
    assert sorted(titles) == sorted(["", *classes[:2]])
    if n_inputs == 2:
        assert page.locator("#train-plane").get_attribute("title") == f"across: {inputs[0]}\nup: {inputs[1]}"
        key = page.locator("#train-key .class > span[title]")
        assert key.evaluate_all("names => names.map(name => name.title)") == [
            f"class {name}" for name in sorted(classes[:2])
        ]


def test_the_file_is_small_and_names_no_host(worked_example, xor, tmp_path):
    network, X, y, recording = xor
    for name, arguments, wishes in (("book", worked_example, {}), ("xor", (network, X, y), {"recording": recording})):
        path = tmp_path / f"{name}.html"
        assert export_html(*arguments, path, **wishes) is None
        text = path.read_text(encoding="utf-8")
        assert path.stat().st_size < 250_000
        addresses = set(re.findall(r"https?://[^\s\"'`]+", text))
        assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a language, which nobody asks for
        assert "connect-src" not in text
        assert "default-src 'none'" in text


def test_large_recordings_are_thinned_and_keep_their_ends(tmp_path):
    X, y = load_digits(return_X_y=True)
    network = BackpropClassifier(30, max_iter=1, random_state=0).fit(X / 16, y)
    recording = SimpleNamespace(
        epochs_=list(range(60)), coefs_=[network.coefs_] * 60, intercepts_=[network.intercepts_] * 60
    )
    path = tmp_path / "digits.html"
    export_html(network, X / 16, y, path, recording=recording)
    assert path.stat().st_size < 600_000
    assert re.search(r'"epochs":\[0,\d+,.*,59\]', path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("wishes", "error", "words"),
    [
        ({"max_instances": 0}, ValueError, "max_instances=0 is not valid"),
        ({"max_instances": True}, ValueError, "max_instances=True is not valid"),
        ({"image_shape": (2, 2)}, ValueError, r"image_shape=\(2, 2\) is not valid: .* the number of inputs, 3"),
        ({"image_shape": (-1, -3)}, ValueError, r"image_shape=\(-1, -3\) is not valid"),
        ({"image_shape": (1, 3.0)}, ValueError, r"image_shape=\(1, 3\.0\) is not valid"),
        ({"image_shape": "13"}, ValueError, "image_shape='13' is not valid"),
        ({"image_shape": [(1, 2), 3]}, ValueError, r"image_shape=\[\(1, 2\), 3\] is not valid"),
        ({"image_shape": np.array(1)}, ValueError, r"image_shape=array\(1\) is not valid"),
        ({"feature_names": np.array(1)}, TypeError, r"feature_names=array\(1\) is not valid: it must be a list of 3"),
        ({"output_names": np.array(1)}, TypeError, r"output_names=array\(1\) is not valid: it must be a list of 1"),
        ({"image_shape": 3}, ValueError, "image_shape=3 is not valid"),
        ({"feature_names": "abc"}, TypeError, "feature_names='abc' is not valid: it must be a list of 3 names"),
        ({"output_names": 1}, TypeError, "output_names=1 is not valid: it must be a list of 1 name"),
        ({"feature_names": ["a"]}, ValueError, "feature_names holds 1 name,"),
        ({"recording": object()}, TypeError, "recording is an object, but must be a Recorder"),
        (
            {"recording": SimpleNamespace(epochs_=[], coefs_=[], intercepts_=[])},
            ValueError,
            "recording holds no epochs",
        ),
        (
            {"recording": SimpleNamespace(epochs_=[1], coefs_=[[np.eye(3)]], intercepts_=[[np.ones(3)]])},
            ValueError,
            "recording holds weights and biases of shapes",
        ),
        (
            {"recording": SimpleNamespace(epochs_=[1], coefs_=[[np.ones((3, 2)), np.ones((2, 1))]], intercepts_=[[]])},
            ValueError,
            "recording holds weights and biases of shapes",
        ),
    ],
)
def test_what_will_not_do_is_named_before_a_file_is_written(worked_example, tmp_path, wishes, error, words):
    path = tmp_path / "page.html"
    with pytest.raises(error, match=words):
        export_html(*worked_example, path, **wishes)
    assert not path.exists()


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        (1, TypeError, "it must be a str or path-like, such as 'network.html'"),
        ("pa\0ge.html", ValueError, "it has a character that no file's name can have"),
        (".", ValueError, "it must name a file, such as 'network.html'"),
    ],
)
def test_a_path_of_no_file_is_refused(worked_example, path, error, words):
    with pytest.raises(error, match=rf"^path=.* is not valid: {words}"):
        export_html(*worked_example, path)


def test_half_a_letter_in_a_title_does_not_cost_the_file_that_was_there(worked_example, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("the page before")
    export_html(*worked_example, path, title="a name that the file system gave: \udcff")
    assert "that the file system gave: ?</title>" in path.read_text(encoding="utf-8")


def test_rows_are_those_of_the_data_though_a_class_has_no_weight():
    X, y = load_iris(return_X_y=True)
    network = BackpropClassifier(2, class_weight={0: 0, 1: 1, 2: 1}, max_iter=2, random_state=0).fit(X, y)
    instances = collect(network, X, y, None, Wishes(max_instances=40))["instances"]
    assert instances["total"] == 150
    assert [decision for (decision,) in instances["decisions"]] == y[instances["rows"]].tolist()


def test_of_a_long_stream_the_newest_epochs_have_their_own_numbers(monkeypatch):
    monkeypatch.setattr("skbackprop._estimators.base.MAX_STREAM_CURVE", 20)
    X, y = load_iris(return_X_y=True)
    network, losses = BackpropClassifier(2, random_state=0), []
    for _ in range(57):
        losses.append(network.partial_fit(X, y, classes=[0, 1, 2]).loss_curve_[-1])
    curve = collect(network, X, y, None, Wishes())["training"]["curves"]["loss"]
    assert len(network.loss_curve_) < 57
    assert curve["epochs"][-1] == 57
    assert curve["values"] == [losses[epoch - 1] for epoch in curve["epochs"]]


def test_a_pipeline_is_refused(tmp_path):
    with pytest.raises(TypeError, match="network is a str"):
        export_html("network", [[1]], [1], tmp_path / "page.html")


def test_the_network_is_not_changed(worked_example, tmp_path):
    network, X, y = worked_example
    before = {name: repr(value) for name, value in vars(network).items()}
    export_html(network, X, y, tmp_path / "page.html")
    assert {name: repr(value) for name, value in vars(network).items()} == before


def test_all_scripts_of_the_folder_are_on_the_page():
    import skbackprop._inspection.page as page

    assert sorted(SCRIPTS) == sorted(file.name for file in Path(page.__file__).parent.glob("*.js"))


def test_importing_the_package_does_not_read_the_page():
    code = (
        "import sys, skbackprop; sys.exit(any('page' in name for name in sys.modules if name.startswith('skbackprop')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_the_unit_of_a_single_class_says_that_its_target_is_another(open_page):
    X = np.random.RandomState(0).normal(size=(20, 3))
    page = open_page(BackpropClassifier(2, random_state=0).fit(X, ["only"] * 20), X, ["only"] * 20)
    assert page.get_by_text("other than class only").count() > 0
