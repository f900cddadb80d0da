// What is shown stays in its place and keeps the keyboard; only what came, went or ran on is touched.
const cards = page => new Map([...page.querySelectorAll("article")].map(card => [card.querySelector("[name=txid]").value, card]));
const swap = (page, what) => document.querySelector(what)?.replaceWith(page.querySelector(what));
setInterval(async () => {
  try {
    const address = new URL(location.href);
    address.searchParams.delete("done");
    const answer = await fetch(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [shown, waiting] = [cards(document), cards(page)];
    if ((shown.size === 0) !== (waiting.size === 0)) swap(page, ".screen");
    for (const [txid, card] of shown) {
      if (waiting.has(txid)) card.querySelector(".time").replaceWith(waiting.get(txid).querySelector(".time"));
      else card.remove();
    }
    let last = document.querySelector(".toast");
    for (const [txid, card] of waiting) {
      const here = cards(document).get(txid);
      if (here) last = here;
      else if (last) last.after(card);
      else document.querySelector(".screen").prepend(card);
      last = here ?? card;
    }
    const [count, now] = [document.querySelector(".count"), page.querySelector(".count").textContent];
    if (count.textContent !== now) count.textContent = now;
  } catch {
    // The simulator is gone; the next round may find it again.
  }
}, 1000);
