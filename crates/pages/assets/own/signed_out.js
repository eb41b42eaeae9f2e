// Goes on once every application was told, or after three seconds. Without scripts the person presses Continue.
const onward = document.querySelector("a[data-onward]");
if (onward !== null) {
  const frames = [...document.querySelectorAll("iframe")];
  const told = frames.map((frame) => new Promise((done) => frame.addEventListener("load", done)));
  const late = new Promise((done) => setTimeout(done, 3000));
  Promise.race([Promise.all(told), late]).then(() => window.location.replace(onward.href));
}
