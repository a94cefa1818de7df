// The rows of the front page move: by their buttons, dragged by the handle, or with the keys. The form says the rest.
"use strict";
(() => {
  const form = document.getElementById("arrange"), list = form?.querySelector(".places");
  if (!list) return;
  const rows = () => [...list.querySelectorAll("li[data-id]")], told = form.querySelector("[data-told]");
  for (const part of form.querySelectorAll(".grip, [data-scripted]")) part.hidden = false;
  const number = () => rows().forEach((row, at, all) => {
    row.querySelector(".place").textContent = at + 1;
    for (const field of row.querySelectorAll("[data-name]")) field.name = field.dataset.name + (at + 1);
    for (const button of row.querySelectorAll("[data-way]")) {
      button.value = `${at + 1}:${button.dataset.way}`;
      button.disabled = button.dataset.way === "up" ? at === 0 : at === all.length - 1;
    }
  });
  const moved = (row) => {
    row.querySelector("[type=checkbox]").checked = true;
    number();
    told.textContent = `${row.querySelector(".what a").textContent}: place ${rows().indexOf(row) + 1} of ${rows().length}, not stored yet`;
  };
  const put = (row, at, focus) => {
    const all = rows(), from = all.indexOf(row), to = Math.min(Math.max(at, 0), all.length - 1);
    if (from === to) return;
    all[to][to > from ? "after" : "before"](row);
    moved(row);
    focus.focus();
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-way]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li"), at = rows().indexOf(row);
    put(row, button.dataset.way === "up" ? at - 1 : at + 1, button);
    if (button.disabled) row.querySelector(".grip").focus();
  });
  list.addEventListener("keydown", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip) return;
    const row = grip.closest("li"), at = rows().indexOf(row);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows().length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    put(row, to, grip);
  });
  list.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip || event.button) return;
    const row = grip.closest("li");
    let changed = false;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    row.classList.add("dragged");
    const drag = ({ clientY }) => {
      const over = rows().find((each) => { const box = each.getBoundingClientRect(); return clientY >= box.top && clientY < box.bottom; });
      if (!over || over === row) return;
      const box = over.getBoundingClientRect(), down = row.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
      // Only past the middle, or rows of unequal heights would change places for ever.
      if (down ? clientY < box.top + box.height / 2 : clientY > box.top + box.height / 2) return;
      over[down ? "after" : "before"](row);
      grip.setPointerCapture(event.pointerId);
      changed = true;
      number();
    };
    const drop = () => {
      grip.removeEventListener("pointermove", drag);
      row.classList.remove("dragged");
      if (changed) moved(row);
    };
    grip.addEventListener("pointermove", drag);
    grip.addEventListener("pointerup", drop, { once: true });
    grip.addEventListener("pointercancel", drop, { once: true });
  });
})();
