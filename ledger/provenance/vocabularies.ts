/**
 * Every code system, code and name of other people's vocabularies that Vericlin writes, with its canonical URL.
 *
 * @module
 */
import type { Coding } from 'fhir/r4.js';

/** Names of our own in PROV and FHIR documents. Identifies; nothing is served there. */
export const VERICLIN_NAMESPACE = 'https://vericlin.local/ns#';

/** Datatype of a qualified name used as a value, as PROV-JSON (W3C member submission, 2013) writes it. */
export const PROV_QUALIFIED_NAME = 'xsd:QName';

/** RFC 3986: the identifier system whose values are URIs; a UUID is `urn:uuid:…` in it (FHIR R4 Identifier). */
export const SYSTEM_URI = 'urn:ietf:rfc:3986';

/** Canonical URLs of code systems. */
export const CODE_SYSTEMS = {
  /** FHIR R4. */
  auditEventType: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  auditEntityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  objectRole: 'http://terminology.hl7.org/CodeSystem/object-role',
  securitySourceType: 'http://terminology.hl7.org/CodeSystem/security-source-type',
  securityRoleType: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type',
  provenanceParticipantType: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  restfulInteraction: 'http://hl7.org/fhir/restful-interaction',
  /** HL7 Version 3. */
  actReason: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  dataOperation: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation',
  observationValue: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  participationType: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
  /** ISO 21089:2017 record lifecycle events. */
  recordLifecycle: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  /** DICOM PS3.16 annex D. */
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  snomed: 'http://snomed.info/sct',
  /** IHE ITI Basic Audit Log Patterns (BALP) 1.1. */
  balpEntityType: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  balpAuthorization: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType',
  /** HL7 AI Transparency on FHIR. */
  aiDeviceType: 'http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS',
} as const;

/** Canonical URLs of extensions. */
export const EXTENSIONS = {
  /** HL7 AI Transparency on FHIR: the confidence that an AI has in its result. */
  aiConfidence: 'http://hl7.org/fhir/uv/aitransparency/StructureDefinition/AIconfidence',
} as const;

/** What an audit event is of. */
export const AUDIT_TYPES = {
  rest: { system: CODE_SYSTEMS.auditEventType, code: 'rest', display: 'RESTful Operation' },
  export: { system: CODE_SYSTEMS.dicom, code: '110106', display: 'Export' },
  userAuthentication: { system: CODE_SYSTEMS.dicom, code: '110114', display: 'User Authentication' },
  securityAlert: { system: CODE_SYSTEMS.dicom, code: '110113', display: 'Security Alert' },
} as const satisfies Record<string, Coding>;

/** What it is of, more closely. */
export const AUDIT_SUBTYPES = {
  read: { system: CODE_SYSTEMS.restfulInteraction, code: 'read', display: 'read' },
  search: { system: CODE_SYSTEMS.restfulInteraction, code: 'search-type', display: 'search-type' },
  create: { system: CODE_SYSTEMS.restfulInteraction, code: 'create', display: 'create' },
  update: { system: CODE_SYSTEMS.restfulInteraction, code: 'update', display: 'update' },
  delete: { system: CODE_SYSTEMS.restfulInteraction, code: 'delete', display: 'delete' },
  operation: { system: CODE_SYSTEMS.restfulInteraction, code: 'operation', display: 'operation' },
  login: { system: CODE_SYSTEMS.dicom, code: '110122', display: 'Login' },
  logout: { system: CODE_SYSTEMS.dicom, code: '110123', display: 'Logout' },
  disclose: { system: CODE_SYSTEMS.recordLifecycle, code: 'disclose', display: 'Disclose Record Lifecycle Event' },
  emergencyOverride: { system: CODE_SYSTEMS.dicom, code: '110127', display: 'Emergency Override Started' },
  authorizationByRole: {
    system: CODE_SYSTEMS.balpAuthorization,
    code: 'AuthZ-Role',
    display: 'Authorization Decision using only Roles',
  },
} as const satisfies Record<string, Coding>;

/** Who took part in an audit event, and how. */
export const AGENT_TYPES = {
  application: { system: CODE_SYSTEMS.dicom, code: '110150', display: 'Application' },
  destination: { system: CODE_SYSTEMS.dicom, code: '110152', display: 'Destination Role ID' },
  source: { system: CODE_SYSTEMS.dicom, code: '110153', display: 'Source Role ID' },
  keeper: { system: CODE_SYSTEMS.provenanceParticipantType, code: 'custodian', display: 'Custodian' },
  author: { system: CODE_SYSTEMS.participationType, code: 'AUT', display: 'author (originator)' },
  recipient: { system: CODE_SYSTEMS.participationType, code: 'IRCP', display: 'information recipient' },
  authorizationServer: { system: CODE_SYSTEMS.securityRoleType, code: 'authserver', display: 'authorization server' },
  custodian: { system: CODE_SYSTEMS.snomed, code: '159541003', display: 'Record keeping/library clerk' },
  authorizer: { system: CODE_SYSTEMS.snomed, code: '429577009', display: 'Patient Advocate' },
} as const satisfies Record<string, Coding>;

/** What an audit event is about. */
export const ENTITY_TYPES = {
  person: { system: CODE_SYSTEMS.auditEntityType, code: '1', display: 'Person' },
  systemObject: { system: CODE_SYSTEMS.auditEntityType, code: '2', display: 'System Object' },
  requestId: { system: CODE_SYSTEMS.balpEntityType, code: 'XrequestId' },
} as const satisfies Record<string, Coding>;

export const ENTITY_ROLES = {
  patient: { system: CODE_SYSTEMS.objectRole, code: '1', display: 'Patient' },
  report: { system: CODE_SYSTEMS.objectRole, code: '3', display: 'Report' },
  domainResource: { system: CODE_SYSTEMS.objectRole, code: '4', display: 'Domain Resource' },
  query: { system: CODE_SYSTEMS.objectRole, code: '24', display: 'Query' },
} as const satisfies Record<string, Coding>;

export const APPLICATION_SERVER = {
  system: CODE_SYSTEMS.securitySourceType,
  code: '4',
  display: 'Application Server',
} as const satisfies Coding;

/** Emergency access: the purpose of a break-glass read. */
export const BREAK_THE_GLASS = 'BTG';

/** HL7 v3 PurposeOfUse: every code below `PurposeOfUse` in ActReason, as FHIR R4 publishes it. */
export const PURPOSES_OF_USE: ReadonlySet<string> = new Set(
  (
    'HMARKT HOPERAT CAREMGT DONAT FRAUD GOV HACCRED HCOMPL HDECD HDIRECT HDM HLEGAL HOUTCOMS HPRGRP HQUALIMP HSYSADMIN ' +
    'LABELING METAMGT MEMADMIN MILCDM PATADMIN PATSFTY PERFMSR RECORDMGT SYSDEV HTEST TRAIN HPAYMT CLMATTCH COVAUTH ' +
    'COVERAGE ELIGDTRM ELIGVER ENROLLM MILDCRG REMITADV HRESCH BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH DSRCH ' +
    'POARCH TRANSRCH PATRQT FAMRQT PWATRNY SUPNWK PUBHLTH DISASTER THREAT TREAT CLINTRL COC ETREAT BTG ERTREAT POPHLTH'
  ).split(' '),
);

/** PurposeOfUse of the grounds of a disclosure, where one says the same. */
export const DISCLOSURE_PURPOSES: Readonly<Record<string, string>> = {
  required_by_law: 'HLEGAL',
  public_health: 'PUBHLTH',
  judicial_proceeding: 'HLEGAL',
  law_enforcement: 'HLEGAL',
  decedent: 'HDECD',
  organ_donation: 'DONAT',
  research: 'HRESCH',
  serious_threat: 'THREAT',
  specialized_government_function: 'GOV',
  treatment: 'TREAT',
  payment: 'HPAYMT',
  operations: 'HOPERAT',
  to_individual: 'PATRQT',
  directory: 'HDIRECT',
};

/** The content was asserted by artificial intelligence. The code is younger than FHIR R4's copy of its system: hence the version. */
export const AI_ASSERTED = {
  system: CODE_SYSTEMS.observationValue,
  version: '5.0.0',
  code: 'AIAST',
  display: 'Artificial Intelligence asserted',
} as const satisfies Coding;

export const ARTIFICIAL_INTELLIGENCE = {
  system: CODE_SYSTEMS.aiDeviceType,
  code: 'Artificial-Intelligence',
  display: 'All kinds of Artificial Intelligence',
} as const satisfies Coding;

export const DATA_CREATED = {
  system: CODE_SYSTEMS.dataOperation,
  code: 'CREATE',
  display: 'create',
} as const satisfies Coding;

/** How an agent took part in making something. */
export const PARTICIPANT_TYPES = {
  author: { system: CODE_SYSTEMS.provenanceParticipantType, code: 'author', display: 'Author' },
  informant: { system: CODE_SYSTEMS.provenanceParticipantType, code: 'informant', display: 'Informant' },
  custodian: { system: CODE_SYSTEMS.provenanceParticipantType, code: 'custodian', display: 'Custodian' },
  verifier: { system: CODE_SYSTEMS.provenanceParticipantType, code: 'verifier', display: 'Verifier' },
} as const satisfies Record<string, Coding>;
