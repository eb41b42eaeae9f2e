// Shows the copy button, which can do nothing without scripts.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const done = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    source.select();
    try {
      await navigator.clipboard.writeText(source.value);
      done.textContent = "Copied";
    } catch {
      done.textContent = "Press Ctrl+C to copy";
    }
  });
}
