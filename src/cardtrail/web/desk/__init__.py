"""The brand's desk: products, issuing, cases, approvals, dashboards, reports."""
