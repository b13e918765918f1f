new SwaggerUIBundle({ url: "{{ schema_url|escapejs }}", dom_id: "#docs" });
