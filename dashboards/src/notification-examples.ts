/**
 * Examples of who gets the alerts: pages to a pager at once, tickets to a channel once a day, one message a pipeline. Not provisioned by
 * themselves: a file with policies replaces all of an organisation's policies.
 */
export const CONTACT_POINTS: object = {
	apiVersion: 1,
	contactPoints: [
		{
			orgId: 1,
			name: "faultline-pager",
			receivers: [
				{
					uid: "faultline-pager-webhook",
					type: "webhook",
					settings: { url: `\${FAULTLINE_PAGER_URL}`, httpMethod: "POST" },
					disableResolveMessage: false,
				},
			],
		},
		{
			orgId: 1,
			name: "faultline-channel",
			receivers: [
				{
					uid: "faultline-channel-slack",
					type: "slack",
					settings: {
						url: `\${FAULTLINE_SLACK_WEBHOOK}`,
						title: '{{ template "default.title" . }}',
						text: "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook }}\n{{ .Annotations.runbook_url }}\n{{ end }}",
					},
					disableResolveMessage: false,
				},
			],
		},
	],
};

/** The labels that every rule of Faultline's carries: `source` faultline, `severity` page or ticket. */
export const POLICIES: object = {
	apiVersion: 1,
	policies: [
		{
			orgId: 1,
			receiver: "faultline-channel",
			group_by: ["grafana_folder", "alertname"],
			routes: [
				{
					receiver: "faultline-pager",
					object_matchers: [
						["source", "=", "faultline"],
						["severity", "=", "page"],
					],
					// One page a pipeline, however many of its steps and windows fire.
					group_by: ["pipeline"],
					group_wait: "30s",
					group_interval: "5m",
					repeat_interval: "4h",
				},
				{
					receiver: "faultline-channel",
					object_matchers: [
						["source", "=", "faultline"],
						["severity", "=", "ticket"],
					],
					group_by: ["alertname", "pipeline"],
					group_wait: "5m",
					group_interval: "1h",
					repeat_interval: "1d",
				},
			],
		},
	],
};
