// SPDX-License-Identifier: Apache-2.0
// Shapes of text that more than one kind uses, in RE2 syntax, each with its words for a person.
#pragma once

#include <string_view>

namespace sallyport::api {

inline constexpr std::string_view kGroup = "sallyport.dev";
inline constexpr std::string_view kVersion = "v1alpha1";

/// Names of Kubernetes objects: RFC 1123 subdomain.
inline constexpr std::string_view kObjectName = R"(^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$)";
inline constexpr std::string_view kObjectNameSays =
    "a Kubernetes object name (lower case letters, digits, '-' and '.')";

/// A full DNS name in lower case, with at least one dot.
inline constexpr std::string_view kHost =
    R"(^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.){1,8}[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$)";
inline constexpr std::string_view kHostSays = "a full DNS name in lower case, such as fraud.ml.example.com";

/// A DNS name, or an address.
inline constexpr std::string_view kHostOrAddress = R"(^[A-Za-z0-9]([A-Za-z0-9.:\-]{0,251}[A-Za-z0-9])?$)";
inline constexpr std::string_view kHostOrAddressSays = "a DNS name or an IP address";

/// As kHost; a label may be or hold `*`, which stands for anything but a dot.
inline constexpr std::string_view kHostPattern = R"(^([-a-z0-9*]{1,63}\.){1,8}[-a-z0-9*]{1,63}$)";
inline constexpr std::string_view kHostPatternSays = "a DNS name in lower case in which '*' stands for part of a label";

/// An https origin, or an http one on the loopback address.
inline constexpr std::string_view kOrigin =
    R"(^(https://[A-Za-z0-9.\-\[\]:]{1,253}|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)/?$)";
inline constexpr std::string_view kOriginSays = "an https URL without a path (http only on the loopback address)";

/// An https URL, or an http one on the loopback address.
inline constexpr std::string_view kUrl =
    R"(^(https://[A-Za-z0-9.\-\[\]:]{1,253}|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)(/[A-Za-z0-9._~!&'()*+,;=:@%/\-]{0,512})?$)";
inline constexpr std::string_view kUrlSays = "an https URL without a query (http only on the loopback address)";

/// The full path of an object in a BIG-IP's partition Common: endpoints may reference only what the platform team put
/// there.
inline constexpr std::string_view kDeviceObject = R"(^/Common/[A-Za-z0-9_][A-Za-z0-9_.\-]{0,188}$)";
inline constexpr std::string_view kDeviceObjectSays =
    "the path of an object in the partition Common, such as /Common/corp_oauth";

/// RFC 6749 section 3.3, scope-token.
inline constexpr std::string_view kScope = R"(^[\x21\x23-\x5B\x5D-\x7E]{1,128}$)";
inline constexpr std::string_view kScopeSays = "a scope without spaces, quotes or backslashes (RFC 6749 section 3.3)";

/// An `aud` value: a URI or a name, visible ASCII without quotes and backslashes.
inline constexpr std::string_view kAudience = R"(^[\x21\x23-\x5B\x5D-\x7E]{1,253}$)";
inline constexpr std::string_view kAudienceSays = "a URI or a name without spaces, quotes or backslashes";

/// A directory on the machine or volume of the operator.
inline constexpr std::string_view kDirectory = R"(^(/[A-Za-z0-9_][A-Za-z0-9._\-]*)+$)";
inline constexpr std::string_view kDirectorySays = "an absolute path of letters, digits, '.', '_' and '-'";

/// A user, group or application id. Anything printable in one line.
inline constexpr std::string_view kPrincipal = R"(^[^\x00-\x1F\x7F]{1,255}$)";
inline constexpr std::string_view kPrincipalSays = "one line of printable text";

/// Serving endpoint names: alphanumerics, dash and underscore (databricks.md 1.1).
inline constexpr std::string_view kServingEndpoint = R"(^[A-Za-z0-9][A-Za-z0-9_\-]{0,62}$)";
inline constexpr std::string_view kServingEndpointSays =
    "the name of a serving endpoint (letters, digits, '-' and '_')";
inline constexpr std::string_view kServingEndpointPattern = R"(^[A-Za-z0-9*][A-Za-z0-9_*\-]{0,62}$)";
inline constexpr std::string_view kServingEndpointPatternSays =
    "the name of a serving endpoint in which '*' stands for anything";

}  // namespace sallyport::api
