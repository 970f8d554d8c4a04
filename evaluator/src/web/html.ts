import { html as honoHtml } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** Markup that may stand in a page as it is. Everything else is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[];

/**
 * Markup with values in it, escaped unless they are markup themselves: the only way in which the page makes HTML, so that nothing that an
 * application recorded can become a tag. Hono's own, for values of which it is known what they print.
 *
 * @example
 * String(html`<p>${"<script>"}</p>`); // "<p>&lt;script&gt;</p>"
 */
export const html: (strings: TemplateStringsArray, ...values: readonly HtmlValue[]) => Html = honoHtml;
