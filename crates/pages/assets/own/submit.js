// Sends the page's form as soon as it is read. Without scripts the person presses Continue.
const form = document.querySelector("form[data-submit-at-once]");
if (form !== null) {
  form.submit();
}
