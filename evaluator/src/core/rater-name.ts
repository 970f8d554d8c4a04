const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,59}$/u;

/** What a rater may be called, for messages. */
export const RATER_NAME_RULE =
	"up to 60 letters, digits, spaces and . _ @ -, beginning with a letter or digit";

/** Whether people may rate under this name. */
export const isRaterName = (name: string): boolean => NAME.test(name);
