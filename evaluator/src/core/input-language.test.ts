import assert from "node:assert/strict";
import { test } from "node:test";
import { languageOf } from "./input-language.ts";

test("tells languages by their script or their commonest words, and says where it cannot", () => {
	const cases: readonly (readonly [string, string | null])[] = [
		["How do I change the password of my account?", "en"],
		["Wie kann ich mein Passwort ändern?", "de"],
		["Comment changer le mot de passe de mon compte ?", "fr"],
		["¿Cómo puedo cambiar la contraseña de mi cuenta?", "es"],
		["Come posso cambiare la password del mio conto?", "it"],
		["Como posso mudar a senha da minha conta?", "pt"],
		["Hoe kan ik mijn wachtwoord veranderen?", "nl"],
		["Jak mogę zmienić moje hasło?", "pl"],
		["パスワードを変更するにはどうすればいいですか", "ja"],
		["怎么修改密码", "zh"],
		["비밀번호를 어떻게 바꾸나요", "ko"],
		["Как изменить пароль?", "Cyrillic script"],
		["How do I write 東京 in the form?", "en"],
		["torch.hub.load('yolov5')", null],
		["1234", null],
		["", null],
	];
	for (const [text, language] of cases) assert.equal(languageOf(text), language, text);
});
