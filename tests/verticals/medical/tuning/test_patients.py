"""Which notes are one patient's."""

from uuid import UUID

from verticals.medical.tuning.patients import PatientMarks, patient_marks, patients_of


def test_a_note_states_its_patient_by_number_and_name():
    assert patient_marks("Patient name: Anna Keller   MRN: AB-12345\nSeen by Dr. X") == PatientMarks(
        "AB-12345", "Anna Keller"
    )
    assert patient_marks("姓名：王建国　性别：男　病案号：0012345") == PatientMarks("0012345", "王建国")
    assert patient_marks("The medication name: aspirin. Follow-up in 2 weeks.") == PatientMarks()
    assert patient_marks("") == PatientMarks()


def test_notes_that_share_a_number_or_a_name_are_one_patients():
    ids = [UUID(int=number) for number in range(5)]
    marks = [
        PatientMarks("AB-12345", ""),
        PatientMarks("ab12345", "Anna Keller"),
        PatientMarks("", "ANNA  KELLER"),
        PatientMarks("", "Anna Kellermann"),
        PatientMarks(),
    ]
    found = patients_of(zip(ids, marks, strict=True))
    assert found[ids[0]] == found[ids[1]] == found[ids[2]]
    assert len({found[one] for one in ids}) == 3
    assert found == patients_of(zip(ids, marks, strict=True))
