"""How many packages there may be; not adjustable on AWS.

Numbers: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
"""

PACKAGES_PER_REGION = 25
PACKAGES_PER_DOMAIN = 20
