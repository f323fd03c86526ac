// A certificate for juju-apiserver that was good in 2020 alone, with its key, and its CA, which is good until 2126. Our own functions make
// none that are expired.
#pragma once

namespace net_test {

inline constexpr const char* old_ca = R"PEM(-----BEGIN CERTIFICATE-----
MIIBeDCCAR+gAwIBAgIUcW84wtb+fWuAgyErHPeIRGDDBMYwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGb2xkIENBMCAXDTI2MTEyMzEyMzcyOVoYDzIxMjYxMDMwMTIz
NzI5WjARMQ8wDQYDVQQDDAZvbGQgQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASrzFMUl8OTfhkwckxhhqUUjtw0QreauP0LIowKX3TnqWTE8fW34YfeCTuP4FEz
YcoUwz5YNtNFmtJpeufm+6Ijo1MwUTAdBgNVHQ4EFgQUTQAyCUICHfqR0zKq95HO
jHkpqb0wHwYDVR0jBBgwFoAUTQAyCUICHfqR0zKq95HOjHkpqb0wDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiACNjclkoQO6TPllvz0vBgJabj/8xFi
PwlPVcOxx9ASegIgEK08S/MKm/J4vpd4HD+4uapMI7qIKtYsgwZmXfXuo0I=
-----END CERTIFICATE-----
)PEM";

inline constexpr const char* old_certificate = R"PEM(-----BEGIN CERTIFICATE-----
MIIBazCCARGgAwIBAgIBATAKBggqhkjOPQQDAjARMQ8wDQYDVQQDDAZvbGQgQ0Ew
HhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAOMQwwCgYDVQQDDANvbGQw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ/o5U1QRlaol4mDsYUHFgm6DmHCCxr
QxM/sgwn78lyaklX08aqLr10dBB30IDIDWEUqTnfBtEF9Eq2YpMeaEZmo10wWzAZ
BgNVHREEEjAQgg5qdWp1LWFwaXNlcnZlcjAdBgNVHQ4EFgQURjdfknmwCWDsJXJc
30LGKUSwIaUwHwYDVR0jBBgwFoAUTQAyCUICHfqR0zKq95HOjHkpqb0wCgYIKoZI
zj0EAwIDSAAwRQIgb5cp+F94lOOtn2XwANdutLQy/sb8pvaoTCBi/lcCAwwCIQCn
YN8vrBfdXqRSbkm+PUyDJrtFm/HsH+lLT971xCseig==
-----END CERTIFICATE-----
)PEM";

inline constexpr const char* old_key = R"PEM(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7GtZh6CLpsrrLtNI
fDj3K09GNZX4tSqRYkkC+dHstIuhRANCAAQ/o5U1QRlaol4mDsYUHFgm6DmHCCxr
QxM/sgwn78lyaklX08aqLr10dBB30IDIDWEUqTnfBtEF9Eq2YpMeaEZm
-----END PRIVATE KEY-----
)PEM";

}  // namespace net_test
