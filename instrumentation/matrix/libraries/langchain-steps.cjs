"use strict";
// The steps of a chain; loaded by both kinds of modules with their own copy of LangChain.

exports.runChain = async ({
	BaseRetriever,
	ChatPromptTemplate,
	FakeListChatModel,
	StringOutputParser,
	tool,
	z,
}) => {
	class Pages extends BaseRetriever {
		lc_namespace = ["test"];
		async _getRelevantDocuments(query) {
			return [{ pageContent: `About ${query}`, metadata: { source: "handbook" } }];
		}
	}
	const pages = await new Pages({}).invoke("closing time");
	const look = tool(({ city }) => `sunny in ${city}`, {
		name: "weather",
		description: "of a city",
		schema: z.object({ city: z.string() }),
	});
	const sky = await look.invoke({ city: "Paris" });
	const chain = ChatPromptTemplate.fromTemplate("From {pages} and {sky} say when it closes")
		.pipe(new FakeListChatModel({ responses: ["It closes at nine."] }))
		.pipe(new StringOutputParser());
	console.log(await chain.invoke({ pages: pages[0].pageContent, sky }));
};
