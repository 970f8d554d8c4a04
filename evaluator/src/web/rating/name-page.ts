import { type Html, html } from "../html.ts";

/** Asks who rates. */
export const namePage = (back: string): Html =>
	html`<h1>Who rates?</h1>
<p class="lead">Your name stands beside your ratings, so that people can be compared with each other. It stays in this browser.</p>
<form method="post" action="/rate/name" class="filters">
<input type="hidden" name="back" value="${back}">
<label>Your name<input name="rater" required maxlength="60" autocomplete="username" autofocus></label>
<button class="main">Start rating</button>
</form>
<p class="small"><a href="/rate/figures">How far people and judges agree</a></p>`;
